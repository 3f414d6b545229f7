import logging
import subprocess
import sys

from taojin.core.compilation import kernel

OUTER = """
from taojin.core.compilation import kernel
from inner import inner
@kernel
def outer(number):
    return inner(number) * 10
print(outer(1), sum(outer.stats.cache_hits.values()))
"""
INNER = """
from taojin.core.compilation import kernel
@kernel
def inner(number):
    return number + {}
"""


def run(folder):
    done = subprocess.run(
        [sys.executable, folder / "outer.py"],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
    )
    return done.stdout.split()


def test_a_kernel_is_compiled_anew_when_one_that_it_calls_is_edited(tmp_path):
    (tmp_path / "outer.py").write_text(OUTER)
    (tmp_path / "inner.py").write_text(INNER.format(1))
    assert run(tmp_path) == ["20", "0"]
    assert run(tmp_path) == ["20", "1"]
    (tmp_path / "inner.py").write_text(INNER.format(2))
    assert run(tmp_path) == ["30", "0"]


def test_functions_of_others_are_compiled_without_announcement(caplog):
    caplog.set_level(logging.INFO)

    @kernel
    def twice(number):
        return 2 * number

    assert twice(2) == 4
    assert not caplog.records
