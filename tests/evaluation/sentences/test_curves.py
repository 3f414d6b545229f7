"""A point is compared with a curve at equal diversity."""

import pytest

from taojin.core.errors import DataError
from taojin.evaluation.sentences.curves import CurvePoint, excess_over_curve

CURVE = [CurvePoint(3.0, 1.0), CurvePoint(1.0, 5.0), CurvePoint(2.0, 2.0)]


@pytest.mark.parametrize(
    ("point", "excess"),
    [((2.0, 1.5), -0.5), ((1.5, 3.5), 0.0), ((2.5, 2.0), 0.5), ((1.0, 5.0), 0.0)],
)
def test_below_the_curve_is_negative(point, excess):
    assert excess_over_curve(CURVE, CurvePoint(*point)) == pytest.approx(excess)


@pytest.mark.parametrize("diversity", [0.9, 3.1])
def test_nothing_is_extrapolated(diversity):
    assert excess_over_curve(CURVE, CurvePoint(diversity, 0.0)) is None


def test_one_temperature_is_no_curve():
    with pytest.raises(DataError, match="2 temperatures"):
        excess_over_curve(CURVE[:1], CURVE[0])
