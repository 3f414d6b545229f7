from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from taojin.core.errors import DataError
from taojin.curation.personal_data import find
from taojin.evaluation.audits.config import LegalityConfig
from taojin.evaluation.audits.corpora import TrainingCorpus
from taojin.evaluation.judging.legality import (
    AUDITS,
    TrainingText,
    audit_sets,
    audit_texts,
    merged,
)


def tokenise(text):
    return list(text.encode())


@pytest.fixture(scope="module")
def trained(write_texts):
    texts = write_texts(30, 3, 1.0)
    rows = [tokenise(text) for text in texts]
    origins = pd.DataFrame(
        {
            "document_id": [f"d{number}" for number in range(len(texts))],
            "source": ["wiki"] * len(texts),
            "licence": ["MIT"] * len(texts),
        }
    )
    corpus = TrainingCorpus(
        np.concatenate(rows),
        np.cumsum([0, *map(len, rows)]),
        origins,
    )
    table = pa.Table.from_pandas(origins.assign(text=texts), preserve_index=False)
    return texts, TrainingText(corpus, lambda: [table], tokenise, find)


def scores_of(results):
    return {score.name: score for one in results for score in one.scores}


def test_texts_of_their_own_copy_nothing(trained, write_texts):
    results = audit_texts(
        write_texts(20, 4, 1.0), write_texts(20, 5, 1.0), trained[1], LegalityConfig()
    )

    assert merged(results, AUDITS)["facts"]["verbatim_copies"]["num_copies"] == 0
    assert scores_of(results)["verbatim_copy_rate"].estimate.value == 0.0


def test_a_copied_text_is_found_with_the_source_it_comes_from(trained, write_texts):
    generated = [*write_texts(19, 4, 1.0), trained[0][0]]

    results = audit_texts(
        generated, write_texts(20, 5, 1.0), trained[1], LegalityConfig()
    )

    assert scores_of(results)["verbatim_copy_rate"].estimate.value == pytest.approx(
        0.05
    )
    [origin] = merged(results)["tables"]["verbatim_copies_by_origin"]
    assert (origin["source"], origin["licence"]) == ("wiki", "MIT")


def test_an_audit_that_has_nothing_to_look_at_warns_and_the_others_go_on(trained):
    short = ["ka ro", "mi lu", "mail me at a.person@example.org", "te sho"]

    results = audit_texts(short, short, trained[1], LegalityConfig())

    found = merged(results)
    assert any("verbatim_copy_rate" in warning for warning in found["warnings"])
    assert "verbatim_copy_rate" not in scores_of(results)
    assert len(results) == 4


def test_no_texts_are_an_error(trained):
    with pytest.raises(DataError, match="no texts"):
        audit_texts([], ["x"], trained[1], LegalityConfig())


def test_several_sets_get_what_each_gets_alone_for_one_reading(trained, write_texts):
    sets = [
        [*write_texts(9, 4, 1.0), trained[0][0]],
        ["mail me at a.person@corp.example.org", "te sho"],
        write_texts(5, 6, 1.0),
    ]
    real, reads = write_texts(20, 5, 1.0), []

    def tables():
        reads.append(1)
        return trained[1].tables()

    watched = replace(trained[1], tables=tables)
    together = audit_sets(sets, real, watched, LegalityConfig(), 0.9)

    assert len(reads) == 2  # for near copies, and for personal data
    assert together == [
        audit_texts(texts, real, trained[1], LegalityConfig(), 0.9) for texts in sets
    ]


def test_a_set_of_nothing_among_others_is_an_error(trained):
    with pytest.raises(DataError, match="no texts"):
        audit_sets([["x"], []], ["x"], trained[1], LegalityConfig())


@pytest.mark.parametrize("label", ["AI-generated", "人工智能生成"])
def test_a_required_label_is_looked_for_in_every_text(trained, write_texts, label):
    texts = write_texts(20, 4, 1.0)
    labelled = [f"[{label}] {text}" for text in texts[:15]] + texts[15:]
    config = LegalityConfig(required_label="AI-generated|人工智能生成")
    score = scores_of(audit_texts(labelled, texts, trained[1], config))["mark_validity"]
    assert score.estimate.value == 0.75
    assert score.null is not None
    assert score.null.value == 0.0


def test_without_a_required_label_none_is_looked_for(trained, write_texts):
    texts = write_texts(20, 4, 1.0)
    found = scores_of(audit_texts(texts, texts, trained[1], LegalityConfig()))
    assert "mark_validity" not in found


def test_a_label_that_is_no_regular_expression_is_refused():
    with pytest.raises(ValueError, match="no regular expression"):
        LegalityConfig(required_label="(")
