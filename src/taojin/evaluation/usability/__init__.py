"""Usability: what generated items are good for, and what they cost."""

from taojin.evaluation.usability.costs import CostConfig, measure_cost
from taojin.evaluation.usability.following import (
    FollowingConfig,
    Judge,
    attribute_following,
)
from taojin.evaluation.usability.rules import (
    JsonRule,
    LengthRule,
    PatternRule,
    Rule,
    rules_kept,
)
from taojin.evaluation.usability.students import (
    FeatureStudentConfig,
    LabelledItems,
    Student,
    feature_student,
    text_student,
)
from taojin.evaluation.usability.transfer import TransferConfig, train_on_generated

__all__ = [
    "CostConfig",
    "FeatureStudentConfig",
    "FollowingConfig",
    "JsonRule",
    "Judge",
    "LabelledItems",
    "LengthRule",
    "PatternRule",
    "Rule",
    "Student",
    "TransferConfig",
    "attribute_following",
    "feature_student",
    "measure_cost",
    "rules_kept",
    "text_student",
    "train_on_generated",
]
