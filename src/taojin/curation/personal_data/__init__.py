"""Personal data in text: found by typed recognisers, replaced by typed placeholders."""

from taojin.curation.personal_data.redaction import (
    KINDS,
    PersonalDataKind,
    Span,
    find,
    placeholder,
    redact,
)

__all__ = ["KINDS", "PersonalDataKind", "Span", "find", "placeholder", "redact"]
