import os
import signal
import subprocess
import sys
import time

import pytest

from taojin.core.files import atomic_directory, atomic_file, write_text


def leftovers(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_only_when_the_block_succeeds(tmp_path):
    target = tmp_path / "deep" / "report.json"

    with atomic_file(target) as partial:
        partial.write_text("new")
        assert not target.exists()

    assert target.read_text() == "new"
    assert leftovers(target.parent) == ["report.json"]


def test_a_failure_leaves_the_old_file_and_no_rubbish(tmp_path):
    target = tmp_path / "report.json"
    target.write_text("old")

    with pytest.raises(OSError, match="disk full"), atomic_file(target) as partial:
        partial.write_text("half")
        raise OSError("disk full")

    assert target.read_text() == "old"
    assert leftovers(tmp_path) == ["report.json"]


def test_a_folder_replaces_the_old_one_as_a_whole(tmp_path):
    target = tmp_path / "model"
    for content in ("first", "second"):
        with atomic_directory(target) as partial:
            (partial / content).write_text(content)

    assert leftovers(target) == ["second"]
    assert leftovers(tmp_path) == ["model"]


def test_a_failure_leaves_the_old_folder(tmp_path):
    target = tmp_path / "model"
    with atomic_directory(target) as partial:
        (partial / "weights").write_text("old")

    with pytest.raises(ValueError, match="no"), atomic_directory(target) as partial:
        (partial / "weights").write_text("half")
        raise ValueError("no")

    assert (target / "weights").read_text() == "old"


def test_others_may_read_what_we_write(tmp_path):
    write_text(tmp_path / "report.html", "x")

    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "report.html").stat().st_mode & 0o777 == 0o666 & ~mask


WRITER = """
import sys
from taojin.core.files import write_text
number = 0
while True:
    number += 1
    write_text(sys.argv[1], f"{number:08d}" * 4096)
"""


@pytest.mark.slow
def test_a_file_is_whole_whenever_its_writer_is_killed(tmp_path):
    target = tmp_path / "state.json"
    for delay in (0.2, 0.31, 0.43):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(target)])
        while not target.exists():
            time.sleep(0.01)
        time.sleep(delay)
        writer.send_signal(signal.SIGKILL)
        writer.wait()

        text = target.read_text()
        assert len(text) == 8 * 4096
        assert text == text[:8] * 4096
