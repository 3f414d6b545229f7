"""Two processes of ``torchrun``: one works, the other serves it."""

import subprocess
import sys
from pathlib import Path

import pytest

from taojin.core.errors import ConfigurationError
from taojin.training.distribution.launch import train_over_ranks

SCRIPT = """
import os, sys, time
from functools import partial
from pathlib import Path

import torch
from taojin.core.errors import ConfigurationError
from taojin.training.checkpoints import DirectoryCheckpointStore
from taojin.training.distribution.launch import train_over_ranks
from taojin.training.distribution.torchrun import lead

sys.path.insert(0, sys.argv[1])
import rank_jobs

folder, how = Path(sys.argv[2]), sys.argv[3]


def main():
    (folder / f"main of rank {os.environ['RANK']}").touch()
    config = rank_jobs.settings()
    make = partial(rank_jobs.counting, config)
    if how == "killed":
        make = partial(rank_jobs.dying, config, how)
        store = DirectoryCheckpointStore(folder / "store")
        try:
            train_over_ranks(rank_jobs.counting(config), make, store=store)
        finally:  # a session has things to end, too, and torchrun is in a hurry
            time.sleep(3.0)
    three = {"strategy": "ddp", "num_ranks": 3}
    try:
        train_over_ranks(rank_jobs.counting(rank_jobs.settings(distribution=three)))
    except ConfigurationError as error:
        print("REFUSED", error)
    alone = rank_jobs.counting(rank_jobs.settings(distribution={}))
    train_over_ranks(alone)
    expected = alone.objective.model.state_dict()
    for _ in range(2):  # the other rank waits for as long as this one works
        job = make()
        train_over_ranks(job, make)
        for name, weight in job.objective.model.state_dict().items():
            torch.testing.assert_close(weight, expected[name], rtol=0, atol=2e-4)
        print("EQUAL")


lead(main)
"""


@pytest.fixture
def torchrun(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")

    def run(how):
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
        arguments = [script, Path(__file__).parent, tmp_path, how]
        return subprocess.run(
            [*command, "--nproc-per-node", "2", *map(str, arguments)],
            check=False, capture_output=True, text=True, timeout=300,
        )  # fmt: skip

    return run


@pytest.mark.long
def test_the_first_process_leads_and_the_other_serves(torchrun, tmp_path):
    done = torchrun("well")
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("EQUAL") == 2
    assert "num_ranks is 3, and torchrun started 2 processes" in done.stdout
    assert [path.name for path in tmp_path.glob("main of*")] == ["main of rank 0"]


@pytest.mark.long
def test_the_first_process_outlives_a_dead_one_long_enough_to_name_it(
    torchrun, tmp_path
):
    done = torchrun("killed")
    assert done.returncode != 0
    assert "TrainingError: rank 1 of 2 ended" in done.stderr
    assert list((tmp_path / "store").rglob("*.safetensors"))


def test_a_script_that_does_not_lead_is_refused(rank_jobs, monkeypatch):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "a run")
    config = rank_jobs.settings(num_steps=1)
    with pytest.raises(ConfigurationError, match="each of them would train and save"):
        train_over_ranks(rank_jobs.counting(config))
