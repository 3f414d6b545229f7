import numpy as np
import pytest

from taojin.evaluation.distances import near_duplicates as module
from taojin.evaluation.distances.draws import DrawConfig
from taojin.evaluation.distances.near_duplicates import (
    NearDuplicateConfig,
    nearest_cosines,
    score_near_duplicates,
)
from taojin.evaluation.features import FeatureTable


def null_of(score):
    assert score.null is not None
    return score.null


def rows(seed, num_items=160):
    return np.random.default_rng(seed).standard_normal((num_items, 12))


def test_the_nearest_is_never_the_item_itself(monkeypatch):
    items = rows(0, 40)
    unit = items / np.linalg.norm(items, axis=1, keepdims=True)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -1.0)

    whole = nearest_cosines(items)
    monkeypatch.setattr(module, "_ROWS", 7)

    assert whole == pytest.approx(cosines.max(axis=1), abs=1e-12)
    assert nearest_cosines(items) == pytest.approx(whole, abs=1e-12)


def test_planted_copies_are_counted():
    generated = rows(1)
    generated[:40] = generated[40:80]
    tables = FeatureTable(generated, "f"), FeatureTable(rows(2), "f")
    config = NearDuplicateConfig(min_cosine=0.999)

    score = score_near_duplicates(*tables, None, config, DrawConfig(num_cuts=8))

    # Both of a pair are in the same half with a chance of about one half.
    assert score.estimate.value == pytest.approx(0.25, abs=0.04)
    assert null_of(score).value == 0.0
    assert null_of(score).high < score.estimate.low


def test_without_a_cosine_real_items_have_the_given_share():
    tables = FeatureTable(rows(1, 400), "f"), FeatureTable(rows(2, 800), "f")
    config = NearDuplicateConfig(real_share=0.1)

    score = score_near_duplicates(*tables, None, config, DrawConfig(num_cuts=8))

    assert null_of(score).value == pytest.approx(0.1, abs=0.03)


def test_items_without_a_direction_are_like_no_other():
    assert nearest_cosines(np.zeros((3, 2))).tolist() == [0.0] * 3
