from typing import NamedTuple

import numpy as np
import pytest

from taojin.core.errors import DataError
from taojin.evaluation import legality
from taojin.evaluation.legality import (
    LegalityConfig,
    audit_copies,
    audit_personal_data,
    require_samples,
)

CONFIG = LegalityConfig(min_copy_tokens=50)


class Found(NamedTuple):
    kind: str


def stream(count, seed=0, vocab_size=4096):
    drawn = np.random.default_rng(seed)
    return drawn.integers(0, vocab_size, count).astype(np.uint16)


def with_copy(train, length, at=1000, seed=1):
    """A sample of fresh tokens with a run copied from the training text."""
    fresh = stream(200, seed)
    fresh[60 : 60 + length] = train[at : at + length]
    return fresh


def test_a_planted_copy_is_found_and_measured():
    train = stream(20_000)

    report = audit_copies([stream(200, 9), with_copy(train, 80)], train, CONFIG)

    assert report["num_copies"] == 1
    assert report["verbatim_copy_rate"]["value"] == pytest.approx(0.5)
    assert report["longest_copy_tokens"] == 80


@pytest.mark.parametrize(("length", "num_copies"), [(49, 0), (50, 1), (51, 1)])
def test_the_limit_is_exact(length, num_copies):
    train = stream(5000)

    report = audit_copies([with_copy(train, length)], train, CONFIG)

    assert report["num_copies"] == num_copies
    assert report["longest_copy_tokens"] == length


def test_one_changed_token_breaks_a_copy():
    train = stream(5000)
    sample = with_copy(train, 98)
    sample[60 + 49] += 1

    report = audit_copies([sample], train, CONFIG)

    assert report["num_copies"] == 0
    assert report["longest_copy_tokens"] == 49


def test_fresh_samples_copy_nothing_and_the_rate_has_an_upper_bound():
    report = audit_copies([stream(100, s) for s in range(1, 31)], stream(9000), CONFIG)

    rate = report["verbatim_copy_rate"]
    assert (rate["value"], rate["low"]) == (0.0, 0.0)
    assert rate["high"] == pytest.approx(0.1157, abs=1e-3)
    assert report["longest_copy_tokens"] < 5


def test_more_copying_raises_the_rate():
    train = stream(20_000)

    rates = [
        audit_copies(
            [with_copy(train, 60 if s < copied else 0, seed=s + 1) for s in range(8)],
            train,
            CONFIG,
        )["verbatim_copy_rate"]["value"]
        for copied in (0, 2, 4, 6, 8)
    ]

    assert rates == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_copies_are_found_across_and_at_the_ends_of_what_is_read_at_once(monkeypatch):
    monkeypatch.setattr(legality, "_TOKENS_AT_ONCE", 64)
    train = stream(1000)
    places = (0, 30, 63, 64, 65, 500, 950)

    for place in places:
        report = audit_copies([train[place : place + 50]], train, CONFIG)
        assert report["longest_copy_tokens"] == 50, place


def test_the_seed_and_the_order_make_no_difference():
    train = stream(8000)
    samples = [with_copy(train, length, seed=length) for length in (0, 20, 55, 90)]

    reports = [
        audit_copies(some, train, LegalityConfig(seed=seed))
        for some, seed in ((samples, 0), (samples, 5), (samples[::-1], 0))
    ]

    assert reports[0] == reports[1] == reports[2]


def test_text_of_one_repeated_token_is_handled():
    report = audit_copies([np.full(300, 7)], np.full(50_000, 7, np.uint16), CONFIG)

    assert report["num_copies"] == 1
    assert report["longest_copy_tokens"] == 300


def test_short_samples_are_not_counted_as_proof():
    report = audit_copies([stream(10, 1), np.empty(0, int)], stream(5000), CONFIG)

    assert report["num_long_enough"] == 0
    assert report["verbatim_copy_rate"]["high"] == 1.0


@pytest.mark.parametrize("train", [np.empty(0, np.uint16), stream(20)])
def test_a_training_text_shorter_than_a_copy_has_none(train):
    report = audit_copies([stream(100, 3)], train, CONFIG)

    assert report["num_copies"] == 0


def test_tokens_are_found_in_wide_and_mapped_arrays(tmp_path):
    train = stream(3000).astype("<u4")
    train.tofile(tmp_path / "tokens")
    mapped = np.memmap(tmp_path / "tokens", dtype="<u4", mode="r")

    assert audit_copies([train[100:170]], mapped, CONFIG)["num_copies"] == 1


def test_personal_data_is_counted_by_kind_and_by_sample():
    def find(text):
        return [Found(word) for word in text.split() if word in {"email", "phone"}]

    report = audit_personal_data(["email email phone", "none", "", "phone"], find)

    assert report["personal_data"] == [
        {"kind": "email", "num_found": 2},
        {"kind": "phone", "num_found": 2},
    ]
    assert report["personal_data_rate"]["value"] == pytest.approx(0.5)
    assert report["personal_data_rate"]["num_samples"] == 4


@pytest.mark.parametrize("texts", [[], ["", " \n"]])
def test_samples_without_text_are_refused(texts):
    with pytest.raises(DataError, match="hold no text"):
        require_samples(texts)
