import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.fingerprints import fingerprint_of, hash_file, hash_text, hash_tree


class Rule(StageConfig):
    words: tuple[str, ...] = ("a", "b")
    limit: int = Field(default=3, ge=0)


def test_the_order_of_a_mapping_does_not_matter_the_order_of_a_list_does():
    assert fingerprint_of({"a": 1, "b": 2}) == fingerprint_of({"b": 2, "a": 1})
    assert fingerprint_of([1, 2]) != fingerprint_of([2, 1])


@pytest.mark.parametrize(
    ("left", "right"),
    [(("ab", "c"), ("a", "bc")), ((1,), ("1",)), ((None,), ("null",)), (([],), ({},))],
)
def test_different_values_do_not_run_together(left, right):
    assert fingerprint_of(*left) != fingerprint_of(*right)


def test_a_configuration_is_known_by_its_values():
    assert fingerprint_of(Rule()) == fingerprint_of(Rule(words=("a", "b"), limit=3))
    assert fingerprint_of(Rule()) != fingerprint_of(Rule(limit=4))


def test_sets_have_no_order():
    assert fingerprint_of({"x", "y", "z"}) == fingerprint_of(frozenset("zyx"))


IN_A_PROCESS = """
from taojin.core.config import StageConfig
from taojin.core.fingerprints import fingerprint_of

class Folders(StageConfig):
    skipped: frozenset[str] = frozenset("abcdefgh")

print(fingerprint_of(Folders()))
"""


def test_a_configuration_has_one_fingerprint_in_all_processes():
    found = {
        subprocess.run(
            [sys.executable, "-c", IN_A_PROCESS],
            env={"PYTHONHASHSEED": seed},  # sets are ordered by it
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in "123"
    }
    assert len(found) == 1


def test_what_has_no_canonical_form_is_refused():
    with pytest.raises(TypeError, match="cannot fingerprint a object"):
        fingerprint_of(object())


@given(st.text(st.characters(codec=None)))
def test_any_text_has_a_hash(text):
    assert len(hash_text(text)) == 32


def test_a_folder_is_known_by_names_and_contents_of_its_files(tmp_path: Path):
    for name in ("one", "two"):
        (tmp_path / name / "sub").mkdir(parents=True)
        (tmp_path / name / "sub" / "f.txt").write_text("same")
    assert hash_tree(tmp_path / "one") == hash_tree(tmp_path / "two")

    (tmp_path / "two" / "sub" / "f.txt").rename(tmp_path / "two" / "sub" / "g.txt")
    assert hash_tree(tmp_path / "one") != hash_tree(tmp_path / "two")


def test_a_file_is_hashed_whole(tmp_path: Path):
    big = tmp_path / "big"
    big.write_bytes(b"x" * (1 << 20) + b"y")
    other = tmp_path / "other"
    other.write_bytes(b"x" * (1 << 20) + b"z")

    assert hash_file(big) != hash_file(other)
