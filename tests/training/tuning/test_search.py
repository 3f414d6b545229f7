"""Searches as they run: in processes, interrupted, failing."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import psutil
import pytest

from taojin.core.errors import TrainingError
from taojin.engines import EngineConfig
from taojin.training.config import DistributionConfig
from taojin.training.tuning.config import TuningConfig
from taojin.training.tuning.records import ListRecorder
from taojin.training.tuning.search import search_hyperparameters
from taojin.training.tuning.space import SearchSpace
from taojin.training.tuning.targets import PretrainingTarget

RATE = {"path": "training.matrix_learning_rate", "low": 0.001, "high": 0.3, "log": True}
DEPTH = {"path": "model.depth", "low": 1, "high": 2}
LETTERS = {"name": "letters", "signal": "share_letter_chars", "at_least": 0.1}
BOUND = {"path": "rules.letters.at_least", "low": 0.0, "high": 0.85}
ALONE = EngineConfig(num_workers=1)
TIMES = ["cpu_seconds", "peak_megabytes"]


def search(corpus, pretraining, workspace, recorder=None, engine=ALONE, **settings):
    config = TuningConfig.model_validate(
        {
            "space": [RATE, DEPTH],
            "num_trials": 3,
            "num_reports": 4,
            "sampler": {"num_startup_trials": 2},
            "pruner": {"name": "none"},
            **settings,
        }
    )
    return search_hyperparameters(
        PretrainingTarget(corpus.tokens, corpus.tokenizer, corpus.signals),
        SearchSpace(config, pretraining),
        engine=engine,
        workspace=workspace,
        recorder=recorder or ListRecorder(),
    )


def spawned_by_this_run():
    """Processes of ours, also where those that started them are gone."""
    group = os.getpgrp()
    return {
        one.pid
        for one in psutil.process_iter(["cmdline"])
        if "spawn_main" in " ".join(one.info["cmdline"] or [])
        and os.getpgid(one.pid) == group
    }


class MemoryRecorder(ListRecorder):
    """Also notes how large this process is."""

    def __init__(self):
        super().__init__()
        self.megabytes = []

    def record(self, trial):
        super().record(trial)
        self.megabytes.append(psutil.Process().memory_info().rss / 1e6)


@pytest.mark.slow
def test_trials_come_back_each_once_and_leave_nothing_in_memory(
    corpus, pretraining, tmp_path
):
    recorder = MemoryRecorder()
    trials = search(
        corpus,
        pretraining,
        tmp_path,
        recorder,
        space=[RATE, DEPTH, BOUND],
        rules=[LETTERS],
        num_trials=5,
    )
    assert trials["trial"].tolist() == [0, 1, 2, 3, 4]
    assert trials["state"].tolist() == ["complete"] * 5
    assert [one.number for one in recorder.trials] == [0, 1, 2, 3, 4]
    for one in recorder.trials:
        losses = [r["validation_loss"] for r in one.rows if "validation_loss" in r]
        assert min(losses) == one.validation_loss
    # A model of a trial in this process would show: torch alone takes 200 MB.
    assert recorder.megabytes[-1] - recorder.megabytes[0] < 20


@pytest.mark.slow
def test_the_present_settings_are_the_first_trial(corpus, pretraining, tmp_path):
    trials = search(corpus, pretraining, tmp_path, num_trials=1)
    rate = pretraining.training.matrix_learning_rate
    assert trials["training.matrix_learning_rate"].tolist() == [rate]


@pytest.mark.long
def test_more_trials_go_on_from_a_finished_search(corpus, pretraining, tmp_path):
    first, second, straight = ListRecorder(), ListRecorder(), ListRecorder()
    search(corpus, pretraining, tmp_path / "a", first, num_trials=2)
    grown = search(corpus, pretraining, tmp_path / "a", second, num_trials=4)
    whole = search(corpus, pretraining, tmp_path / "b", straight, num_trials=4)
    assert [one.number for one in second.trials] == [2, 3]
    pd.testing.assert_frame_equal(grown.drop(columns=TIMES), whole.drop(columns=TIMES))


@pytest.mark.slow
def test_a_changed_space_is_another_search(corpus, pretraining, tmp_path):
    search(corpus, pretraining, tmp_path, num_trials=1)
    recorder = ListRecorder()
    search(corpus, pretraining, tmp_path, recorder, num_trials=1, space=[RATE])
    assert len(recorder.trials) == 1


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "package"),
    [("local", "multiprocessing"), ("ray", "ray"), ("dask", "distributed")],
)
def test_several_workers_share_one_search(corpus, pretraining, tmp_path, name, package):
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"the optional package {package} is not installed")
    recorder = ListRecorder()
    engine = EngineConfig(name=name, num_workers=2)
    trials = search(corpus, pretraining, tmp_path, recorder, engine, num_trials=4)
    assert trials["state"].tolist() == ["complete"] * 4
    assert len(set(trials["training.matrix_learning_rate"].tolist())) == 4
    assert sorted(one.number for one in recorder.trials) == [0, 1, 2, 3]


@pytest.mark.slow
def test_bad_trials_are_stopped_early(corpus, pretraining, tmp_path):
    trials = search(
        corpus,
        pretraining,
        tmp_path,
        space=[{**RATE, "low": 1e-9, "high": 1e-8}],
        fixed={"training.embedding_learning_rate": 0.02},
        num_trials=6,
        include_default=False,
        pruner={"name": "median", "num_startup_trials": 1, "min_percent": 25},
    )
    pruned = trials.loc[trials["state"] == "pruned"]
    assert len(pruned) > 0
    whole = trials.loc[trials["state"] == "complete", "num_tokens"].iloc[0]
    assert max(pruned["num_tokens"].tolist()) < int(whole)
    assert set(pruned["reason"]) == {"worse than the others at the same point"}


@pytest.mark.long
def test_hyperband_halves_and_what_goes_on_is_better(corpus, pretraining, tmp_path):
    trials = search(
        corpus,
        pretraining,
        tmp_path,
        space=[{**RATE, "low": 1e-6, "high": 0.1}],
        num_trials=9,
        sampler={"name": "random"},
        pruner={"name": "hyperband", "min_percent": 25, "reduction_factor": 2},
    )
    whole = trials.loc[trials["state"] == "complete"]
    pruned = trials.loc[trials["state"] == "pruned"]
    assert len(whole) >= 1
    assert len(pruned) >= 3
    tokens = pruned["num_tokens"].astype(int) / int(whole["num_tokens"].iloc[0])
    assert set(tokens) <= {0.25, 0.5, 0.75}
    assert (
        whole["validation_loss"].min() < pruned["validation_loss"].astype(float).min()
    )


@pytest.mark.long
def test_a_trial_of_two_ranks_that_is_pruned_ends_all_of_them(
    corpus, pretraining, tmp_path
):
    before = spawned_by_this_run()
    spread = pretraining.training.model_copy(
        update={
            "num_accumulations": 2,
            "distribution": DistributionConfig(strategy="ddp", num_ranks=2),
        }
    )
    trials = search(
        corpus,
        pretraining.model_copy(update={"training": spread}),
        tmp_path,
        space=[{"path": "training.embedding_learning_rate", "low": 0.0, "high": 0.01}],
        num_trials=3,
        sampler={"name": "random"},
        pruner={"name": "median", "num_startup_trials": 1, "min_percent": 25},
    )
    assert trials["state"].tolist() == ["complete", "pruned", "pruned"]
    assert set(trials["reason"][1:]) == {"worse than the others at the same point"}
    assert spawned_by_this_run() <= before


@pytest.mark.slow
def test_settings_that_cannot_be_trained_with_are_no_failures(
    corpus, pretraining, tmp_path
):
    trials = search(
        corpus,
        pretraining,
        tmp_path,
        space=[{**BOUND, "low": 0.85, "high": 1.0}],
        rules=[LETTERS],
        num_trials=4,
        include_default=False,
        max_failures=1,
    )
    dropped = trials.loc[trials["state"] == "pruned", "reason"]
    assert len(dropped)
    assert set(dropped) == {"the rules drop all 60 training documents"}


@pytest.mark.slow
def test_a_search_in_which_everything_fails_says_why(corpus, pretraining, tmp_path):
    with pytest.raises(TrainingError, match="none of 2 trials ran to its end: the rul"):
        search(
            corpus,
            pretraining,
            tmp_path,
            space=[{**BOUND, "low": 0.95, "high": 1.0}],
            rules=[LETTERS],
            num_trials=2,
        )


SCRIPT = """
import json, sys
from pathlib import Path
sys.path.insert(0, {folder!r})
import test_search as here
from conftest import make_corpus
from taojin.training.config import PretrainingConfig

if __name__ == "__main__":
    root, settings = Path({root!r}), PretrainingConfig.model_validate({settings})
    trials = here.search(
        make_corpus(root / "corpus"), settings, root / {workspace!r}, num_trials=4
    )
    trials.drop(columns=here.TIMES).to_parquet(root / {workspace!r} / "trials.parquet")
"""


def slow_settings(pretraining):
    """Settings whose trials take long enough to be killed half way."""
    longer = pretraining.training.model_copy(
        update={"num_steps": 200, "checkpoint_every_seconds": 0.0}
    )
    return pretraining.model_copy(update={"training": longer}).model_dump()


def start(root, workspace, settings):
    (root / workspace).mkdir(parents=True, exist_ok=True)
    script = root / f"{workspace}.py"
    script.write_text(
        SCRIPT.format(
            folder=str(Path(__file__).parent),
            root=str(root),
            settings=json.loads(json.dumps(settings)),
            workspace=workspace,
        ).replace(": null", ": None")
    )
    return subprocess.Popen([sys.executable, str(script)])


def checkpoint_in(workspace, slot):
    return list(workspace.glob(f"tuning/*/trials/{slot:05d}/checkpoints/*/step-*"))


@pytest.mark.long
def test_a_search_that_was_killed_ends_as_if_it_had_not_been(pretraining, tmp_path):
    settings = slow_settings(pretraining)
    assert start(tmp_path, "straight", settings).wait() == 0

    run = start(tmp_path, "killed", settings)
    deadline = time.monotonic() + 300
    while not checkpoint_in(tmp_path / "killed", 2):
        assert run.poll() is None, "over before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    assert start(tmp_path, "killed", settings).wait() == 0

    straight = pd.read_parquet(tmp_path / "straight" / "trials.parquet")
    resumed = pd.read_parquet(tmp_path / "killed" / "trials.parquet")
    pd.testing.assert_frame_equal(straight, resumed)
