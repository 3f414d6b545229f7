"""Personal data in text: found by typed recognisers, replaced by typed placeholders."""

from taojin.curation.personal_data.columns import (
    count_personal_data,
    redact_texts,
)
from taojin.curation.personal_data.kinds import (
    ALL_KINDS,
    KINDS,
    PersonalDataKind,
    Span,
)
from taojin.curation.personal_data.measurement import measure_recognisers
from taojin.curation.personal_data.placeholders import placeholder
from taojin.curation.personal_data.redaction import find, redact

__all__ = [
    "ALL_KINDS",
    "KINDS",
    "PersonalDataKind",
    "Span",
    "count_personal_data",
    "find",
    "measure_recognisers",
    "placeholder",
    "redact",
    "redact_texts",
]
