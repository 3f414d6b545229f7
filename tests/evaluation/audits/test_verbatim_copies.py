import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from taojin.core.errors import DataError
from taojin.evaluation.audits import runs
from taojin.evaluation.audits.config import LegalityConfig
from taojin.evaluation.audits.corpora import TrainingCorpus
from taojin.evaluation.audits.results import AuditResult
from taojin.evaluation.audits.verbatim_copies import (
    audit_copies,
    audit_verbatim_copies,
)

CONFIG = LegalityConfig(min_copy_tokens=50)


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
    monkeypatch.setattr(runs, "_TOKENS_AT_ONCE", 64)
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


LICENCES = ("MIT", "GPL-3.0-only", "CC0-1.0", None)


def corpus_of(train, size=1000, licences=LICENCES):
    """Documents of one size, whose licences take turns."""
    offsets = np.arange(0, len(train) + 1, size)
    count = len(offsets) - 1
    documents = pd.DataFrame(
        {
            "document_id": [f"d{index}" for index in range(count)],
            "source": ["wiki" if index % 2 else "books" for index in range(count)],
            "licence": [licences[index % len(licences)] for index in range(count)],
        }
    )
    return TrainingCorpus(train, offsets, documents)


def test_a_copy_of_eighty_tokens_has_thirty_one_windows_of_fifty():
    train = stream(20_000)

    result = audit_verbatim_copies([with_copy(train, 80)], corpus_of(train), CONFIG)

    assert result.facts["num_windows"] == 31
    assert result.facts["longest_copy_tokens"] == 80
    assert result.tables["verbatim_copies"] == [
        {
            "sample": 0,
            "num_windows": 31,
            "num_documents": 1,
            "document_id": "d1",
            "source": "wiki",
            "licence": "GPL-3.0-only",
            "standing": "restricted",
        }
    ]


def test_windows_and_documents_are_those_of_a_plain_search():
    random = np.random.default_rng(3)
    train = random.integers(0, 2, 4000)
    samples = [random.integers(0, 2, size) for size in (5, 12, 13, 40)]
    config = LegalityConfig(min_copy_tokens=12)

    result = audit_verbatim_copies(samples, corpus_of(train, 100), config)

    known = {}
    for place in range(len(train) - 11):
        known.setdefault(tuple(train[place : place + 12]), set()).add(place // 100)
    windows = [
        [
            tuple(s[i : i + 12])
            for i in range(len(s) - 11)
            if tuple(s[i : i + 12]) in known
        ]
        for s in samples
    ]
    assert result.facts["num_windows"] == sum(map(len, windows)) > 0
    for row in result.tables["verbatim_copies"]:
        own = windows[row["sample"]]
        assert row["num_windows"] == len(own)
        assert row["num_documents"] == len(set().union(*(known[w] for w in own)))


def test_copies_are_counted_by_source_and_licence():
    train = stream(8000)
    train[4100:4200] = train[100:200]  # also stands in d4, likewise of MIT
    train[2100:2200] = train[1100:1200]  # of GPL in d1, of CC0 in d2
    samples = [train[100:170], train[1100:1170], train[3500:3580], stream(200, 7)]

    result = audit_verbatim_copies(samples, corpus_of(train), CONFIG)

    rows = {row["licence"]: row for row in result.tables["verbatim_copies_by_origin"]}
    assert {
        licence: (row["standing"], row["num_copies"], row["num_only_here"])
        for licence, row in rows.items()
    } == {
        "MIT": ("attribution", 1, 1),
        "GPL-3.0-only": ("restricted", 1, 0),
        "CC0-1.0": ("free", 1, 0),
        None: ("restricted", 1, 1),
    }
    assert rows["MIT"]["rate"]["value"] == pytest.approx(1 / 4)
    assert result.score("verbatim_copy_rate").estimate.value == pytest.approx(3 / 4)
    assert result.score("restricted_copy_rate").estimate.value == pytest.approx(2 / 4)
    assert AuditResult.model_validate_json(result.model_dump_json()) == result


def test_the_rate_is_that_of_the_plain_audit():
    train = stream(9000)
    samples = [with_copy(train, n, seed=n) for n in (0, 49, 50, 90)] + [stream(20, 1)]

    plain = audit_copies(samples, train, CONFIG)
    result = audit_verbatim_copies(samples, corpus_of(train), CONFIG)

    rate = result.score("verbatim_copy_rate").estimate
    assert rate.model_dump() == plain["verbatim_copy_rate"]
    assert all(
        result.facts[name] == plain[name] for name in result.facts if name in plain
    )


def real_texts(train, count, seed):
    """One in three repeats a set phrase of the training text."""
    random = np.random.default_rng(seed)
    return [
        with_copy(train, 60 if random.random() < 1 / 3 else 0, seed=1000 * seed + i)
        for i in range(count)
    ]


def test_real_text_is_inside_the_band_of_real_text():
    train = stream(9000)

    result = audit_verbatim_copies(
        real_texts(train, 60, 1),
        corpus_of(train),
        CONFIG,
        real=real_texts(train, 60, 2),
    )

    score = result.score("verbatim_copy_rate")
    assert score.null is not None
    assert score.null.low <= score.estimate.value <= score.null.high
    assert score.null.value > 0.1
    assert (score.num_generated, score.num_real) == (60, 60)
    samples = [row["sample"] for row in result.tables["verbatim_copies"]]
    assert len(samples) == result.facts["num_copies"]
    assert max(samples) < 60


def test_the_share_of_copied_samples_moves_the_scores_one_way():
    train, levels = stream(9000), (0, 3, 6, 9, 12)

    values = [
        audit_verbatim_copies(
            [with_copy(train, 60 if s < level else 0, seed=s + 1) for s in range(12)],
            corpus_of(train),
            CONFIG,
        )
        .score("restricted_copy_rate")
        .estimate.value
        for level in levels
    ]

    assert spearmanr(levels, values)[0] == pytest.approx(1.0)


def test_the_order_of_all_items_makes_no_difference():
    train = stream(9000)
    samples, real = real_texts(train, 9, 1), real_texts(train, 15, 2)

    first, second = (
        audit_verbatim_copies(a, corpus_of(train), CONFIG, real=b)
        for a, b in ((samples, real), (samples[::-1], real[::-1]))
    )

    assert first.scores == second.scores
    name = "verbatim_copies_by_origin"
    assert first.tables[name] == second.tables[name]


def test_a_set_phrase_of_many_documents_and_samples_is_attributed_to_all():
    phrase = stream(60, 5)
    train = np.concatenate([np.r_[phrase, stream(40, s)] for s in range(300)])
    samples = [np.r_[stream(10, 1000 + s), phrase] for s in range(200)]

    result = audit_verbatim_copies(samples, corpus_of(train, 100), CONFIG)

    assert {row["num_documents"] for row in result.tables["verbatim_copies"]} == {300}
    assert all(
        row["num_copies"] == 200 for row in result.tables["verbatim_copies_by_origin"]
    )


def test_samples_all_too_short_are_refused():
    with pytest.raises(DataError, match="none of 1 generated items has 50 tokens"):
        audit_verbatim_copies([stream(20, 1)], corpus_of(stream(2000)), CONFIG)
