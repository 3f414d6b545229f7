import json

import numpy as np
import pyarrow as pa
import pytest

from taojin.core.errors import ConfigurationError, DataError
from taojin.core.text_buffers import text_buffers
from taojin.curation.learned.config import ClassifierConfig
from taojin.curation.learned.quality import score_margins, score_texts
from taojin.curation.learned.training import (
    area_under_curve,
    train_classifier,
    train_importance,
)

CONFIG = ClassifierConfig(bits=10, num_folds=2, max_iterations=30)
GOOD = ("river", "mountain", "forest", "meadow", "valley")
BAD = ("casino", "bonus", "jackpot", "cheap", "offer")


def texts_of(words, count, seed):
    random = np.random.default_rng(seed)
    everywhere = ("the", "and", "of", "a", "is", "with")
    return [
        " ".join(random.choice([*everywhere, *words], size=15).tolist())
        for _ in range(count)
    ]


def labelled(count=60, seed=0):
    texts = texts_of(GOOD, count, seed) + texts_of(BAD, count, seed + 1)
    return pa.table({"text": texts, "label": [1] * count + [0] * count})


def test_a_classifier_tells_unseen_texts_apart_by_calibrated_scores():
    model = train_classifier(labelled(), CONFIG)
    scores = score_texts(labelled(seed=7)["text"], model)
    assert model.labels == ("0", "1")
    assert scores[:60].min() > 0.5 > scores[60:].max()
    assert model.note["cross_validated_auc"] > 0.99
    assert json.dumps(model.note)


def test_training_twice_gives_equal_weights():
    first, second = (train_classifier(labelled(), CONFIG) for _ in range(2))
    assert (first.weights == second.weights).all()
    assert first.scale == second.scale
    assert (first.bias == second.bias).all()


def test_the_positive_label_is_the_one_that_scores_high():
    table = labelled().set_column(1, "label", pa.array(["good"] * 60 + ["spam"] * 60))
    for labels in (("good", "spam"), ("spam", "good")):
        config = CONFIG.model_copy(update={"positive_label": labels[1]})
        model = train_classifier(table, config)
        assert model.labels == labels
        scores = score_texts(table["text"], model)
        assert (scores[0] < 0.5 < scores[-1]) == (labels[1] == "spam")


def test_more_than_two_labels_get_a_column_each():
    table = pa.table(
        {
            "text": labelled()["text"].to_pylist() + texts_of(("数组", "函数"), 60, 5),
            "label": ["b"] * 60 + ["c"] * 60 + ["a"] * 60,
        }
    )
    model = train_classifier(table, CONFIG)
    assert model.labels == ("a", "b", "c")
    assert model.weights.shape == (1 << 10, 3)


def test_a_text_of_no_weight_does_not_count():
    table = labelled()
    wrong = pa.table({"text": texts_of(GOOD, 200, 9), "label": [0] * 200})
    both = pa.concat_tables([table, wrong])
    weights = pa.array([1.0] * 120 + [1e-9] * 200)
    model = train_classifier(both.append_column("weight", weights), CONFIG)
    assert score_texts(table["text"], model)[:60].min() > 0.5
    assert score_texts(table["text"], train_classifier(both, CONFIG))[:60].max() < 0.9


@pytest.mark.parametrize(
    ("labels", "config", "error", "match"),
    [
        ([1] * 120, CONFIG, DataError, "needs two labels, found \\['1'\\]"),
        ([1] * 119 + [0], CONFIG, DataError, "fewer than num_folds 2"),
        (["x"] * 60 + ["y"] * 60, CONFIG, ConfigurationError, "positive_label is '1'"),
    ],
)
def test_labels_that_cannot_be_learned_are_refused(labels, config, error, match):
    table = labelled().set_column(1, "label", pa.array(labels))
    with pytest.raises(error, match=match):
        train_classifier(table, config)


def test_importance_is_positive_for_what_is_like_the_trusted_texts():
    trusted, others = pa.array(texts_of(GOOD, 99, 1)), pa.array(texts_of(BAD, 99, 2))
    model = train_importance(trusted, others, CONFIG)
    unseen = pa.array([*texts_of(GOOD, 5, 3), *texts_of(BAD, 5, 4), ""])
    found = score_margins(text_buffers(unseen), model)
    assert found[:5].min() > 0.2
    assert found[5:10].max() < -0.2
    assert found[10] == 0.0


def test_importance_is_about_the_log_ratio():
    model = train_importance(pa.array(["b " * 500]), pa.array(["c " * 500]), CONFIG)
    found = score_margins(text_buffers(pa.array(["b " * 500])), model)
    assert found[0] == pytest.approx(np.log(501), rel=0.15)


def test_importance_needs_texts_on_both_sides():
    with pytest.raises(DataError, match="one of them has no text"):
        train_importance(pa.array(["some"]), pa.array([""]), CONFIG)


def test_area_under_the_curve_counts_pairs_and_half_of_ties():
    scores = np.array([0.1, 0.4, 0.4, 0.9])
    positives = np.array([False, False, True, True])
    assert area_under_curve(scores, positives) == pytest.approx(3.5 / 4)
