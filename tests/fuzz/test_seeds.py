"""Cases that have once broken a kernel, or that make it do all that it can do.

``run.py`` found them; any bytes that follow will be told by the same properties.
"""

from pathlib import Path

import pytest
from byte_cases import Cases, load_seeds, read_case, write_case
from column_properties import COLUMN_PROPERTIES
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_properties import KERNEL_PROPERTIES
from run import failure_of, shrink

SEEDS = load_seeds(Path(__file__).parent / "seeds")
PROPERTIES = COLUMN_PROPERTIES + KERNEL_PROPERTIES


@pytest.mark.parametrize("check", PROPERTIES, ids=lambda check: check.__name__)
def test_kernels_come_through_every_kept_case(check):
    failed = {
        name: kind for name, case in SEEDS.items() if (kind := failure_of(check, case))
    }

    assert failed == {}


@given(
    st.lists(
        st.binary(max_size=40)
        | st.builds(bytes.__mul__, st.binary(max_size=20), st.integers(0, 50))
    )
)
@settings(max_examples=50)
def test_a_kept_case_is_read_as_it_was_written(case):
    assert read_case(write_case(case)) == case


def test_a_seed_draws_the_same_cases_again():
    one, other = Cases(5), Cases(5)

    assert [one.draw() for _ in range(20)] == [other.draw() for _ in range(20)]


def test_what_a_failure_does_not_need_is_left_out():
    case = [b"some text", b"a" * 100 + b"\xff" + b"b" * 77, b""]

    assert shrink(case, lambda smaller: b"\xff" in b"".join(smaller)) == [b"\xff"]
