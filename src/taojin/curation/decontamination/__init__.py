"""Leaks of evaluation sets into documents."""

from taojin.curation.decontamination.config import ContaminationConfig
from taojin.curation.decontamination.search import (
    CONTAMINATION_COLUMNS,
    find_contamination,
)

__all__ = ["CONTAMINATION_COLUMNS", "ContaminationConfig", "find_contamination"]
