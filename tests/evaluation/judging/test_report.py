import pytest

from taojin.core.errors import DataError
from taojin.core.estimates import Estimate
from taojin.evaluation.comparison.tables import ComparisonConfig, Measured
from taojin.evaluation.judging.report import report_candidates
from taojin.evaluation.scores import Score

NAMES = ("kernel_distance", "recall", "bits_per_byte")


def measured(value, names=NAMES, extractor="e"):
    found = []
    for name in names:
        estimate = Estimate(
            value=value, low=value - 0.01, high=value + 0.01, num_samples=50
        )
        score = Score(
            name=name,
            axis="diversity" if name == "recall" else "realism",
            better="higher" if name == "recall" else "lower",
            estimate=estimate,
            extractor=extractor,
            num_generated=50,
        )
        found.append(Measured(score))
    return found


def report(judged, families=None):
    return report_candidates(judged, families or {}, ComparisonConfig())


def test_metrics_that_all_have_are_compared_and_others_are_named():
    found = report({"a": measured(0.2), "b": measured(0.8, NAMES[:2])})

    assert {row["name"] for row in found["comparison"]["metrics"]} == set(NAMES[:2])
    assert found["not_compared"] == ["bits_per_byte"]
    assert set(found["candidates"]["a"]["scores"]) == set(NAMES)


def test_one_set_alone_has_scores_and_no_comparison():
    found = report({"a": measured(0.2)})

    assert found["comparison"] is None
    assert found["candidates"]["a"]["scores"]["recall"]["estimate"]["value"] == 0.2


def test_a_model_at_several_temperatures_has_a_curve_by_temperature():
    judged = {"m at 1": measured(0.5), "m at 0.5": measured(0.2), "b": measured(0.3)}

    found = report(judged, {"m": {1.0: "m at 1", 0.5: "m at 0.5"}})

    points = found["curves"]["m"]["points"]
    assert [row["temperature"] for row in points] == [0.5, 1.0]
    assert [row["quality"]["value"] for row in points] == [0.2, 0.5]


def test_a_model_at_one_temperature_has_none():
    assert report({"a": measured(0.2)}, {"a": {1.0: "a"}})["curves"] == {}


def test_a_curve_that_lacks_a_metric_says_which():
    judged = {"x": measured(0.2, NAMES[1:]), "y": measured(0.3, NAMES[1:])}

    with pytest.raises(DataError, match="kernel_distance"):
        report(judged, {"m": {0.5: "x", 1.0: "y"}})


def test_scores_of_two_extractors_are_not_compared():
    with pytest.raises(DataError, match="not comparable"):
        report({"a": measured(0.2), "b": measured(0.2, extractor="other")})
