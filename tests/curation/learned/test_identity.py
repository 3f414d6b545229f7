import numpy as np
import pytest

from taojin.curation.learned.identity import (
    MEASURING_TEMPLATES,
    STEMS,
    TERMS,
    TRAINING_TEMPLATES,
    balanced_weights,
    false_positives_by_term,
    identity_false_positives,
    neutral_sentences,
)
from taojin.curation.learned.storage import load_shipped_model

LIMIT = 0.05
"""Of all neutral sentences that may be flagged: a twentieth."""

LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])


@LANGUAGES
def test_there_are_enough_groups_and_sentences_to_see_a_rate(language):
    assert len(TERMS[language]) == len(set(TERMS[language])) >= 30
    assert len(MEASURING_TEMPLATES[language]) >= 10
    assert all(template.count("{}") == 1 for template in MEASURING_TEMPLATES[language])
    assert len(neutral_sentences(language)) == len(TERMS[language]) * len(
        TRAINING_TEMPLATES[language]
    )


@LANGUAGES
def test_measured_sentences_are_never_trained_on(language):
    assert not set(TRAINING_TEMPLATES[language]) & set(MEASURING_TEMPLATES[language])


@LANGUAGES
def test_shipped_models_rarely_take_the_name_of_a_group_for_an_insult(language):
    rows = identity_false_positives(
        load_shipped_model(f"toxicity_{language}"), language
    )
    assert [row["term"] for row in rows] != list(TERMS[language])
    assert rows[0]["rate"] >= rows[-1]["rate"]
    assert all(row["low"] <= row["rate"] <= row["high"] for row in rows)
    overall = sum(row["num_flagged"] for row in rows) / sum(
        row["num_texts"] for row in rows
    )
    assert overall < LIMIT


def test_a_threshold_of_zero_flags_everything():
    rows = identity_false_positives(load_shipped_model("toxicity_en"), "en", 0.0)
    assert {row["rate"] for row in rows} == {1.0}
    assert rows[0]["low"] == pytest.approx(0.7575, abs=1e-3)  # Wilson, 12 of 12


def test_rates_by_term_count_only_texts_that_name_it():
    texts = ["Women vote", "a woman's vote", "women and men", "nobody"]
    flagged = np.array([True, False, False, True])
    every, women, gods = false_positives_by_term(
        texts, flagged, ["women", "gods"], "en"
    )
    assert (every["term"], every["num_flagged"], every["num_texts"]) == ("", 2, 4)
    assert (women["num_flagged"], women["num_texts"]) == (1, 2)
    assert (gods["rate"], gods["low"], gods["high"]) == (0.0, 0.0, 1.0)


def test_balanced_groups_say_nothing_about_the_label():
    texts = ["women"] * 90 + ["others"] * 110
    positives = np.array([True] * 70 + [False] * 20 + [True] * 30 + [False] * 80)
    weights = balanced_weights(texts, positives, "en")
    assert "women" in STEMS["en"]
    naming = np.arange(200) < 90
    share = weights[naming & positives].sum() / weights[naming].sum()
    assert share == pytest.approx(positives.mean(), abs=0.02)
    assert (weights[~naming] == 1.0).all()
