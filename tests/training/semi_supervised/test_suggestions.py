import csv
import io

import numpy as np
import pandas as pd
import pytest

from taojin.core.errors import DataError
from taojin.training.semi_supervised.config import SemiSupervisedConfig
from taojin.training.semi_supervised.suggestions import (
    PSEUDO_COLUMNS,
    SUGGESTION_COLUMNS,
    add_pseudo_labels,
    answer_pool,
    no_pseudo_labels,
    no_suggestions,
    suggestions_as_csv,
)

CONFIG = SemiSupervisedConfig.model_validate(
    {
        "active_learning": {"strategy": "margin", "num_suggestions": 5},
        "self_training": {"num_rounds": 2, "min_confidence": 0.7},
    }
)


def data() -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """Two classes apart along the first axis; the pool has both and some between."""
    random = np.random.default_rng(0)
    rows = [
        (f"{label}{number}", f"text {number}", label, split)
        for label in ("fruit", "metal")
        for split, count in (("train", 6), ("validation", 6), ("test", 4))
        for number in range(count * 100, count * 100 + count)
    ]
    examples = pd.DataFrame(rows, columns=["document_id", "text", "label", "split"])
    pool = pd.DataFrame(
        [(f"pool{number}", f"pool text {number}") for number in range(30)],
        columns=["document_id", "text"],
    )
    sides = np.where(examples["label"] == "fruit", -1.0, 1.0)
    places = np.concatenate([sides, np.repeat([-1.0, 1.0, 0.0], 10)])
    noise = random.normal(0.0, 0.05, (len(places), 2))
    return examples, pool, noise + places[:, None] * [1.0, 0.0]


def test_what_is_sure_gets_a_label_and_what_is_not_is_suggested():
    examples, pool, features = data()

    answers = answer_pool(examples, pool, features, CONFIG)

    labels = answers.pseudo_labels.set_index("document_id")["label"]
    assert set(labels.loc[[f"pool{n}" for n in range(5)]]) == {"fruit"}
    assert set(labels.loc[[f"pool{n}" for n in range(10, 15)]]) == {"metal"}
    between = {f"pool{number}" for number in range(20, 30)}
    assert set(answers.suggestions["document_id"]) <= between
    assert list(answers.suggestions["rank"]) == [1, 2, 3, 4, 5]
    assert set(answers.suggestions["reason"]) == {"close_call"}


def test_pseudo_labels_say_where_they_are_from_and_stay_in_the_train_split():
    examples, pool, features = data()

    pseudo = answer_pool(examples, pool, features, CONFIG).pseudo_labels

    assert tuple(pseudo.columns) == PSEUDO_COLUMNS
    assert set(pseudo["provenance"]) == {"self_training"}
    assert set(pseudo["split"]) == {"train"}
    assert pseudo["confidence"].between(0.7, 1.0).all()


def test_test_labels_change_nothing():
    examples, pool, features = data()
    other = examples.copy()
    other.loc[other["split"] == "test", "label"] = "fruit"

    first = answer_pool(examples, pool, features, CONFIG)
    second = answer_pool(other, pool, features, CONFIG)

    pd.testing.assert_frame_equal(first.pseudo_labels, second.pseudo_labels)
    pd.testing.assert_frame_equal(first.suggestions, second.suggestions)


def test_added_pseudo_labels_follow_the_given_ones():
    examples, pool, features = data()
    before = examples.copy()
    pseudo = answer_pool(examples, pool, features, CONFIG).pseudo_labels

    both = add_pseudo_labels(examples, pseudo)

    pd.testing.assert_frame_equal(examples, before)
    assert len(both) == len(examples) + len(pseudo)
    given = both.iloc[: len(examples)]
    assert set(given["provenance"]) == {"given"}
    assert set(given["confidence"]) == {1.0}
    pd.testing.assert_frame_equal(
        given[["document_id", "text", "label", "split"]], examples, check_dtype=False
    )


def test_no_pseudo_label_enters_validation_or_test():
    examples, pool, features = data()
    pseudo = answer_pool(examples, pool, features, CONFIG).pseudo_labels

    with pytest.raises(DataError, match="outside the train split"):
        add_pseudo_labels(examples, pseudo.assign(split="validation"))
    held_out = examples.loc[examples["split"] == "test", "document_id"].iloc[0]
    with pytest.raises(DataError, match="among the labelled examples"):
        add_pseudo_labels(examples, pseudo.assign(document_id=held_out))
    with pytest.raises(DataError, match="among the labelled examples"):
        answer_pool(examples, pool.assign(document_id=held_out), features, CONFIG)


def test_without_pseudo_labels_the_examples_stay():
    examples, *_ = data()

    same = add_pseudo_labels(examples, no_pseudo_labels())

    assert len(same) == len(examples)
    assert add_pseudo_labels(examples.iloc[:0], no_pseudo_labels()).empty


def test_a_spreadsheet_takes_no_text_for_a_formula_and_no_line_for_two():
    examples, pool, features = data()
    hostile = pool.assign(text='=cmd|"/c calc"!A0\nsecond line,\x1b[31m')

    written = suggestions_as_csv(
        answer_pool(examples, hostile, features, CONFIG).suggestions
    )

    rows = list(csv.DictReader(io.StringIO(written)))
    assert len(rows) == 5
    assert rows[0]["text"] == '\'=cmd|"/c calc"!A0 second line,␛[31m'
    assert float(rows[0]["confidence"]) < 0.9


def test_no_suggestions_are_a_table_of_headings():
    assert suggestions_as_csv(no_suggestions()) == ",".join(SUGGESTION_COLUMNS) + "\n"
