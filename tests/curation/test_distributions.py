import pyarrow as pa
import pytest

from taojin.core.shards import write_shards
from taojin.curation.config import ThresholdRule
from taojin.curation.distributions import NUM_BINS, measure_distributions


def measure(tmp_path, values, **rule):
    signal = rule.setdefault("signal", "share_digit_chars")
    shards = write_shards([pa.table({signal: values})], tmp_path)
    return measure_distributions(shards, [ThresholdRule(name="r", **rule)])[0]


def test_every_document_is_counted_once(tmp_path):
    values = [0.0] * 50 + [0.5] * 49 + [1.0]
    row = measure(tmp_path, values, at_most=0.25)
    assert sum(row["counts"]) == 100
    assert len(row["edges"]) == NUM_BINS + 1
    assert (row["signal"], row["rule"]) == ("share_digit_chars", "r")
    assert (row["threshold_low"], row["threshold_high"]) == (None, 0.25)


def test_the_threshold_lies_within_the_edges(tmp_path):
    row = measure(tmp_path, [0.1, 0.2], at_least=0.05, at_most=0.9)
    assert row["edges"][0] <= 0.05
    assert row["edges"][-1] >= 0.9


def test_wide_counts_are_shown_on_a_logarithmic_scale(tmp_path):
    row = measure(tmp_path, [0, 3, 50, 10_000], signal="num_words", at_least=20)
    assert row["scale"] == "log"
    assert sum(row["counts"]) == 4
    assert row["edges"] == sorted(set(row["edges"]))


@pytest.mark.parametrize("values", [[], [0.3], [0.3, 0.3]])
def test_few_or_equal_values_still_have_a_range(tmp_path, values):
    row = measure(tmp_path, pa.array(values, pa.float64()), at_most=0.3)
    assert sum(row["counts"]) == len(values)
    assert row["edges"][-1] > row["edges"][0]


def test_without_rules_there_is_nothing_to_draw(tmp_path):
    shards = write_shards([pa.table({"num_words": [1]})], tmp_path)
    assert measure_distributions(shards, []) == []
