import logging
import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from taojin.core.compilation import kernel, lean_kernel

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


def test_a_lean_kernel_borrows_arrays():
    @lean_kernel
    def total(numbers: NDArray[np.int64]) -> tuple[int, bool]:
        result = 0
        for number in numbers:
            result += number
        return result, result > 3

    assert total(np.arange(4)) == (6, True)


def test_a_lean_kernel_may_not_return_arrays():
    def first(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        return numbers[:1]

    def undeclared(numbers):
        return numbers

    for function in (first, undeclared):
        with pytest.raises(TypeError, match=f"{function.__name__} returns"):
            lean_kernel(function)
