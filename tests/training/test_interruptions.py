"""What really happens to processes: they are killed, and disks are full."""

import os
import resource
import shutil
import subprocess
import sys

import pytest

KILLS = """
import os, random, signal, sys, time
import numpy as np
import torch
from taojin.core.fingerprints import fingerprint_of
from taojin.models.config import LanguageModelConfig
from taojin.training.batches import PackedWindows
from taojin.training.checkpoints import DirectoryCheckpointStore
from taojin.training.config import TrainingConfig
from taojin.training.loop import train
from taojin.training.objectives import NextToken
from taojin.training.pretraining import new_language_model

root, background = sys.argv[1], sys.argv[2] == "background"
draw = np.random.default_rng(0)
tokens = draw.integers(1, 20, 3000).astype(np.uint16)
offsets = np.arange(0, 3001, 30)
shape = LanguageModelConfig(depth=1, width=16, context_length=8).shape(20)


def run(store):
    model = new_language_model(shape, 0)
    windows = PackedWindows(tokens, offsets, 8, 2, seed=0)
    config = TrainingConfig(
        num_steps=500,
        batch_size=2,
        validate_every=10,
        average_decay=0.9,
        spike_threshold=6.0,
        spike_window=10,
        bad_step_policy="roll_back",
        max_roll_backs=1000,
        checkpoint_every_seconds=0.0,
        background_checkpoints=background,
        num_threads=1,
    )
    validation = [windows.batch(10_000)]
    train(NextToken(model), windows, config, validation=validation, store=store)
    return fingerprint_of(*(w.tolist() for w in model.parameters()))


delays = random.Random(0)
num_killed = 0
for _ in range(200):
    child = os.fork()
    if child == 0:
        run(DirectoryCheckpointStore(root))
        os._exit(0)
    time.sleep(delays.uniform(0.0, 0.1))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    num_killed += os.WIFSIGNALED(status)
    if num_killed == 50:
        break
reached = DirectoryCheckpointStore(root)
print(num_killed, run(reached) == run(None))
"""

FULL = """
import resource, sys
import torch
from taojin.training.checkpoints import Checkpoint, DirectoryCheckpointStore

root, limited = sys.argv[1], sys.argv[2] == "limited"


def checkpoint(step, size):
    return Checkpoint(step, None, {}, {"w": torch.full((size,), float(step))}, {})


store = DirectoryCheckpointStore(root)
store.save(checkpoint(1, 1000))
if limited:
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))
try:
    store.save(checkpoint(2, 100_000))
except OSError as error:
    print("refused:", error)
print(store.latest({}).step, store.latest({}).tensors["w"][0].item())
store.save(checkpoint(3, 1000))
print(store.latest({}).step)
"""


def _run(script, *arguments):
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("saving", ["foreground", "background"])
def test_a_run_killed_fifty_times_ends_with_the_same_weights(tmp_path, saving):
    done = _run(KILLS, tmp_path, saving)

    assert done.stdout.split() == ["50", "True"], done.stderr[-2000:]
    left = sorted(path.name for path in tmp_path.glob("*/*"))
    assert all(name.startswith("step-") for name in left)  # nothing half-written
    assert 2 <= len(left) <= 3


def _assert_last_good_one_survives(done):
    refused, last, after = done.stdout.splitlines()
    assert refused.startswith("refused:"), done.stderr
    assert last == "1 1.0"
    assert after == "3"


def test_a_limit_on_file_sizes_leaves_the_last_good_checkpoint(tmp_path):
    if resource.getrlimit(resource.RLIMIT_FSIZE)[1] != resource.RLIM_INFINITY:
        pytest.skip("file sizes are limited already")

    done = _run(FULL, tmp_path, "limited")

    _assert_last_good_one_survives(done)
    assert [path.name for path in tmp_path.glob("*/.*")] == []


def test_a_full_disk_leaves_the_last_good_checkpoint(tmp_path):
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    if not mount or not unmount or os.geteuid():
        pytest.skip("only root can mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    size = [mount, "-t", "tmpfs", "-o", "size=128k", "taojin-test", str(disk)]
    if subprocess.run(size, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        done = _run(FULL, disk, "full")
    finally:
        subprocess.run([unmount, str(disk)], check=True)

    _assert_last_good_one_survives(done)
