import numpy as np
import pytest

from taojin.core.errors import DataError
from taojin.evaluation.features import (
    FeatureTable,
    canonical_rows,
    require_same_extractor,
)


def test_a_table_keeps_its_values_and_does_not_share_them():
    values = np.arange(6.0).reshape(3, 2)
    table = FeatureTable(values, "hash")
    values[0, 0] = 100.0

    assert len(table) == 3
    assert table.num_dims == 2
    assert table.values[0, 0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        table.values[0, 0] = 1.0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_features_that_are_not_finite_are_refused_with_their_items(bad):
    values = np.zeros((4, 3))
    values[2, 1] = bad

    with pytest.raises(DataError, match=r"1 of 4 items .* items \[2\].*extractor hash"):
        FeatureTable(values, "hash")


@pytest.mark.parametrize("shape", [(3,), (2, 2, 2), (0, 3), (3, 0)])
def test_what_is_no_table_of_items_is_refused(shape):
    with pytest.raises(DataError, match=r"shape|empty"):
        FeatureTable(np.zeros(shape), "hash")


def test_tables_of_different_extractors_or_widths_are_not_compared():
    first = FeatureTable(np.zeros((2, 2)), "one")

    assert require_same_extractor(first, None, first) == "one"
    with pytest.raises(DataError, match="one and of two"):
        require_same_extractor(first, FeatureTable(np.zeros((2, 2)), "two"))
    with pytest.raises(DataError, match=r"\[2, 3\] features"):
        require_same_extractor(first, FeatureTable(np.zeros((2, 3)), "one"))


def test_the_canonical_order_depends_on_content_alone():
    rows = np.random.default_rng(0).standard_normal((20, 3))
    rows[3] = 0.0
    negative = rows.copy()
    negative[3] = -0.0

    assert np.array_equal(canonical_rows(rows), canonical_rows(negative[::-1]))
    assert sorted(map(tuple, canonical_rows(rows))) == sorted(map(tuple, rows))
