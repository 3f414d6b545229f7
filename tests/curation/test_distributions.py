import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from taojin.core.shards import write_shards
from taojin.curation.config import ThresholdRule
from taojin.curation.distributions import NUM_BINS, measure_distributions


def measure(tmp_path, values, rules_of_dropped=(), sample=None, **rule):
    signal = rule.setdefault("signal", "share_digit_chars")
    column = pa.array(values)
    measured = pa.table({signal: column})
    dropped = [*rules_of_dropped, *[None] * (len(column) - len(rules_of_dropped))]
    decided = pa.table(
        {
            "kept": pa.array([name is None for name in dropped], pa.bool_()),
            "rule": pa.array(dropped, pa.string()),
        }
    )
    half = len(column) // 2
    signals, decisions = (
        write_shards([table.slice(0, half), table.slice(half)], tmp_path / name)
        for name, table in (("signals", measured), ("decisions", decided))
    )
    frame = measured.to_pandas() if sample is None else pd.DataFrame({signal: sample})
    rules = [ThresholdRule(name="r", **rule)]
    return measure_distributions(signals, decisions, rules, frame)[0]


def test_every_document_is_counted_once(tmp_path):
    values = [0.0] * 50 + [0.5] * 49 + [1.0]
    row = measure(tmp_path, values, at_most=0.25)
    assert sum(row["counts"]) == 100
    assert len(row["edges"]) == NUM_BINS + 1
    assert (row["signal"], row["rule"]) == ("share_digit_chars", "r")
    assert (row["threshold_low"], row["threshold_high"]) == (None, 0.25)


def test_each_bin_tells_what_became_of_its_documents(tmp_path):
    row = measure(tmp_path, [0.1, 0.9, 0.9, 0.1], ["other", "r"], at_most=0.5)
    assert row["counts_kept"] == [1, *[0] * (NUM_BINS - 2), 1]
    assert row["counts_dropped_here"] == [*[0] * (NUM_BINS - 1), 1]
    assert row["counts_dropped_elsewhere"] == [1, *[0] * (NUM_BINS - 1)]
    assert row["counts"] == [2, *[0] * (NUM_BINS - 2), 2]


def test_the_threshold_lies_within_the_edges(tmp_path):
    row = measure(tmp_path, [0.1, 0.2], at_least=0.05, at_most=0.9)
    assert row["edges"][0] <= 0.05
    assert row["edges"][-1] >= 0.9


def test_what_a_threshold_cuts_off_lies_beyond_it(tmp_path):
    row = measure(tmp_path, [0.1] * 999 + [0.9], ["r"], at_most=0.5)
    assert row["edges"][-3] > 0.5
    assert row["counts"][-1] == 1
    row = measure(tmp_path, [0.9] * 999 + [0.1], ["r"], at_least=0.5)
    assert row["edges"][2] < 0.5
    assert row["counts"][0] == 1


def test_wide_counts_are_shown_on_a_logarithmic_scale(tmp_path):
    row = measure(tmp_path, [0, 3, 50, 10_000], signal="num_words", at_least=20)
    assert row["scale"] == "log"
    assert sum(row["counts"]) == 4
    assert row["edges"] == sorted(set(row["edges"]))


def test_wide_values_that_are_no_counts_are_not(tmp_path):
    row = measure(tmp_path, [0.5, 3, 50, 10_000], signal="num_words", at_least=20)
    assert row["scale"] == "linear"


def test_what_lies_beyond_the_sample_is_counted_in_the_outermost_bins(tmp_path):
    values = [-5.0, 0.5, 7.0, np.nan]
    row = measure(tmp_path, values, sample=[0.2, 0.8], at_most=0.6)
    assert row["counts"][0] == 2
    assert row["counts"][-1] == 1
    assert sum(row["counts"]) == 4


@pytest.mark.parametrize("values", [[], [0.3], [0.3, 0.3]])
def test_few_or_equal_values_still_have_a_range(tmp_path, values):
    row = measure(tmp_path, pa.array(values, pa.float64()), at_most=0.3)
    assert sum(row["counts"]) == len(values)
    assert row["edges"][-1] > row["edges"][0]


def test_without_rules_there_is_nothing_to_draw(tmp_path):
    shards = write_shards([pa.table({"num_words": [1]})], tmp_path)
    assert measure_distributions(shards, shards, [], pd.DataFrame()) == []
