from functools import partial

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import spearmanr

from taojin.core.errors import DataError
from taojin.core.text_buffers import batches
from taojin.curation.kernels.simplify import simplify
from taojin.evaluation.audits import shingles
from taojin.evaluation.audits.config import NearCopyConfig
from taojin.evaluation.audits.near_copies import NearCopies, audit_near_copies
from taojin.evaluation.audits.results import AuditResult

CONFIG = NearCopyConfig()
LETTERS = "abcdefghijklmnopqrstuvwxyz"
HAN = [chr(code) for code in range(0x4E00, 0x4E00 + 3000)]


def english(num_words, seed):
    random = np.random.default_rng(seed)
    return " ".join(
        "".join(random.choice(list(LETTERS), random.integers(3, 9)))
        for _ in range(num_words)
    )


def chinese(num_chars, seed):
    return "".join(np.random.default_rng(seed).choice(HAN, num_chars))


def training(texts, licences=("MIT",), source="web"):
    """Two tables."""
    ids = [f"d{index}" for index in range(len(texts))]
    table = pa.table(
        {
            "document_id": ids,
            "text": pa.array(texts, pa.large_string()),
            "source": [source] * len(texts),
            "licence": pa.array(
                [licences[i % len(licences)] for i in range(len(texts))], pa.string()
            ),
        }
    )
    return [table.slice(0, len(texts) // 2), table.slice(len(texts) // 2)]


def changed(text, share, seed=0):
    """Replace a share of the words, or of the characters of Chinese."""
    random = np.random.default_rng(seed)
    units = text.split() if " " in text else list(text)
    fresh = [english(1, 10_000 + i) if " " in text else "々" for i in range(len(units))]
    chosen = random.random(len(units)) < share
    return (" " if " " in text else "").join(
        new if is_new else old
        for old, new, is_new in zip(units, fresh, chosen, strict=True)
    )


MAKERS = {"en": english, "zh": chinese}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_passage_of_a_long_document_is_found_where_it_stands(make):
    texts = [make(2000, seed) for seed in range(6)]
    start = len(texts[4]) // 2
    passage = texts[4][start : start + 400]

    result = audit_near_copies([passage, make(60, 99)], training(texts), CONFIG)

    [row] = result.tables["near_copies"]
    assert (row["sample"], row["document_id"]) == (0, "d4")
    assert row["containment"] > 0.95
    assert result.score("near_copy_rate").estimate.value == pytest.approx(0.5)


def plain_containment(text, document, ngram=5):
    """What the definition says, for text with spaces."""
    units = [simplify(some).split() for some in (text, document)]
    own, others = (
        {tuple(words[i : i + ngram]) for i in range(len(words) - ngram + 1)}
        for words in units
    )
    return len(own & others) / len(own)


def test_containment_is_the_share_of_distinct_shingles():
    random = np.random.default_rng(1)
    words = np.array(english(12, 0).split())
    documents = [" ".join(random.choice(words, 300)) for _ in range(40)]
    texts = [" ".join(random.choice(words, 30)) for _ in range(10)]
    # Some runs of every text stand in some document.
    texts = [f"{t} {documents[i][:90]}" for i, t in enumerate(texts)]

    config = NearCopyConfig(min_containment=0.05)
    result = audit_near_copies(texts, training(documents), config)

    rows = result.tables["near_copies"]
    assert len(rows) == len(texts)
    for row in rows:
        best = max(plain_containment(texts[row["sample"]], d) for d in documents)
        assert row["containment"] == pytest.approx(best, abs=1e-12)
        document = documents[int(row["document_id"][1:])]
        own = plain_containment(texts[row["sample"]], document)
        assert own == pytest.approx(best, abs=1e-12)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_the_more_is_changed_the_less_is_contained(make):
    document, levels = make(400, 1), (0.0, 0.05, 0.1, 0.2, 0.5)

    values = [
        audit_near_copies(
            [changed(document, level)], training([document]), CONFIG
        ).facts["highest_containment"]
        for level in levels
    ]

    assert values[0] == 1.0
    assert spearmanr(levels, values)[0] == pytest.approx(-1.0)


def test_copies_are_counted_by_licence_and_restricted_ones_apart():
    texts = [english(80, seed) for seed in range(4)]
    tables = training(texts, ("MIT", "CC-BY-NC-4.0", None, "CC0-1.0"))

    result = audit_near_copies([*texts, english(80, 50)], tables, CONFIG)

    rows = result.tables["near_copies_by_origin"]
    assert {row["licence"]: row["standing"] for row in rows} == {
        "MIT": "attribution",
        "CC-BY-NC-4.0": "restricted",
        None: "restricted",
        "CC0-1.0": "free",
    }
    assert result.score("near_copy_rate").estimate.value == pytest.approx(0.8)
    assert AuditResult.model_validate_json(result.model_dump_json()) == result
    assert result.score("restricted_near_copy_rate").estimate.value == pytest.approx(
        0.4
    )


def real_texts(documents, count, seed):
    """One in four is a passage of the training text; scripts take turns."""
    random = np.random.default_rng(seed)
    return [
        documents[i % 2][: 300 if i % 2 else 60]
        if random.random() < 0.25
        else (english(40, 1000 * seed + i) if i % 2 else chinese(60, 1000 * seed + i))
        for i in range(count)
    ]


def test_real_text_is_inside_the_band_of_real_text():
    documents = [chinese(300, 1), english(200, 2)]

    result = audit_near_copies(
        real_texts(documents, 60, 1),
        training(documents),
        CONFIG,
        real=real_texts(documents, 60, 2),
    )

    score = result.score("near_copy_rate")
    assert score.null is not None
    assert score.null.low <= score.estimate.value <= score.null.high
    assert score.null.value > 0.05
    assert (score.num_generated, score.num_real) == (60, 60)
    samples = [row["sample"] for row in result.tables["near_copies"]]
    assert len(samples) == result.facts["num_copies"]
    assert max(samples) < 60


def test_order_and_parts_make_no_difference():
    documents = [chinese(300, 1), english(200, 2), english(150, 3)]
    texts, real = real_texts(documents, 9, 1), real_texts(documents, 14, 2)

    first = audit_near_copies(texts, training(documents), CONFIG, real=real)
    second = audit_near_copies(
        texts[::-1], [pa.concat_tables(training(documents))], CONFIG, real=real[::-1]
    )

    assert first.scores == second.scores
    name = "near_copies_by_origin"
    assert first.tables[name] == second.tables[name]


def test_short_texts_are_not_judged():
    document = english(100, 1)
    short = " ".join(document.split()[:11])  # seven shingles

    result = audit_near_copies([short, document], training([document]), CONFIG)

    assert result.facts["num_long_enough"] == 1
    with pytest.raises(DataError, match="none of 3 generated items has 8 shingles"):
        audit_near_copies([short, "", "\ud800"], training([document]), CONFIG)


def test_what_a_document_says_twice_counts_once():
    document = english(40, 1)
    text = " ".join(document.split()[:20]) + " " + english(20, 9)

    once, twice = (
        audit_near_copies([text], training([held]), CONFIG).facts["highest_containment"]
        for held in (document, f"{document} {document}")
    )

    assert once == twice < 0.6


def test_documents_are_named_across_batches_of_one_part(monkeypatch):
    monkeypatch.setattr(shingles, "batches", partial(batches, max_bytes=500))
    texts = [english(60, seed) for seed in range(8)]

    result = audit_near_copies([texts[3], texts[7]], training(texts), CONFIG)

    found = [row["document_id"] for row in result.tables["near_copies"]]
    assert found == ["d3", "d7"]


def test_without_training_text_nothing_is_copied():
    result = audit_near_copies([english(50, 1)], [], CONFIG)

    assert result.score("near_copy_rate").estimate.value == 0.0


def test_sets_looked_at_together_get_what_each_gets_alone():
    documents = [chinese(300, 1), english(200, 2), english(150, 3), english(150, 4)]
    sets = [real_texts(documents, 9, seed) for seed in range(3)]
    sets[1] = [documents[2][:200], "short", documents[3]]
    real, reads = real_texts(documents, 14, 9), []

    def tables():
        reads.append(1)
        yield from training(documents, ("MIT", None))

    together = NearCopies(sets, tables(), CONFIG, real)

    assert len(reads) == 1
    for place, texts in enumerate(sets):
        alone = audit_near_copies(
            texts, training(documents, ("MIT", None)), CONFIG, 0.9, real
        )
        assert together.result(place, 0.9) == alone


def test_a_set_without_long_texts_does_not_stop_the_others():
    document = english(100, 1)

    found = NearCopies([["short"], [document]], training([document]), CONFIG)

    with pytest.raises(DataError, match="none of 1 generated"):
        found.result(0)
    assert found.result(1).score("near_copy_rate").estimate.value == 1.0
