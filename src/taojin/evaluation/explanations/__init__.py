"""Why a model says what it says: documents it leans on, words it decides by."""

from taojin.evaluation.explanations.attributions import Attribution, attribute_label
from taojin.evaluation.explanations.config import (
    AttributionConfig,
    LeaningConfig,
    ProxyConfig,
    RemovalConfig,
)
from taojin.evaluation.explanations.leaning import documents_leaned_on
from taojin.evaluation.explanations.removal import Removal, Retrain, check_by_removal

__all__ = [
    "Attribution",
    "AttributionConfig",
    "LeaningConfig",
    "ProxyConfig",
    "Removal",
    "RemovalConfig",
    "Retrain",
    "attribute_label",
    "check_by_removal",
    "documents_leaned_on",
]
