import multiprocessing
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from taojin.training.tuning.isolation import ProcessDiedError, run_alone

pytestmark = pytest.mark.slow  # each test starts processes

PARENT = """
import time
from taojin.training.tuning.isolation import run_alone
if __name__ == "__main__":
    run_alone(time.sleep, 600)
"""


def test_the_work_is_done_in_another_process(tmp_path):
    run_alone(os.mkdir, tmp_path / "made")
    assert (tmp_path / "made").is_dir()


def test_a_daemonic_worker_can_start_one(tmp_path):
    context = multiprocessing.get_context("spawn")
    worker = context.Process(
        target=run_alone, args=(os.mkdir, tmp_path / "made"), daemon=True
    )
    worker.start()
    worker.join(120)
    assert worker.exitcode == 0
    assert (tmp_path / "made").is_dir()


def test_what_the_function_raised_is_raised(tmp_path):
    with pytest.raises(FileNotFoundError):
        run_alone(os.rmdir, tmp_path / "absent")


def test_a_process_that_is_killed_is_told_of():
    with pytest.raises(ProcessDiedError, match="killed, most likely for want of mem"):
        run_alone(signal.raise_signal, signal.SIGKILL)


def test_a_process_that_crashes_is_told_of():
    with pytest.raises(ProcessDiedError, match="signal 11"):
        run_alone(signal.raise_signal, signal.SIGSEGV)


def test_a_process_that_just_ends_is_told_of():
    with pytest.raises(ProcessDiedError, match="code 3"):
        run_alone(os._exit, 3)


def test_nothing_goes_on_when_the_parent_is_killed(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    parent = subprocess.Popen([sys.executable, str(script)])
    try:
        children = wait_for(lambda: sleeping(parent.pid))
        assert children
        parent.kill()
        parent.wait()
        assert wait_for(lambda: not any(child.is_running() for child in children))
    finally:
        parent.kill()


def sleeping(pid):
    """All processes below, once the innermost exists."""
    children = psutil.Process(pid).children(recursive=True)
    inner = [one for one in children if one.ppid() != pid]
    return children if inner else None


def wait_for(condition):
    for _ in range(600):
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    return None
