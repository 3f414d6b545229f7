"""Which model is better: differences with intervals, corrected for how many there are."""

from taojin.evaluation.comparison.corrections import (
    Correction,
    adjust,
    benjamini_hochberg,
    holm,
)
from taojin.evaluation.comparison.curves import (
    CurvePoint,
    area_between,
    quality_diversity_curve,
)
from taojin.evaluation.comparison.paired import Difference, paired_difference
from taojin.evaluation.comparison.tables import (
    ComparisonConfig,
    Measured,
    compare_models,
)

__all__ = [
    "ComparisonConfig",
    "Correction",
    "CurvePoint",
    "Difference",
    "Measured",
    "adjust",
    "area_between",
    "benjamini_hochberg",
    "compare_models",
    "holm",
    "paired_difference",
    "quality_diversity_curve",
]
