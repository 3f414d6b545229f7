"""What stands in a text where personal data stood: ``<EMAIL_1>``.

Placeholders are consistent within a document: one value, however it is written, always
gets the same number, another value another one. So who answers whom is still told.
"""

import re
from collections.abc import Iterable

from taojin.curation.personal_data.forms import plain_forms
from taojin.curation.personal_data.kinds import ALL_KINDS, PersonalDataKind

PLACEHOLDER = re.compile(
    rf"<({'|'.join(kind.upper() for kind in ALL_KINDS)})_([1-9][0-9]{{0,8}})>"
)

_COUNTRY_CODE = re.compile(
    r"^(?:(?:\+|00)86[ \-]?(?=1[3-9])|86[ \-]?(?=1[3-9][\d \-]{9})|\+1[ .\-]?|1[ .\-]|\+|00)"
)
"""Of mainland China before a mobile number, and of North America; else the prefix."""


def placeholder(kind: PersonalDataKind, number: int = 1) -> str:
    """Text that stands where the ``number``-th value of this kind stood."""
    return f"<{kind.upper()}_{number}>"


def identity(kind: PersonalDataKind, written: str) -> str:
    """Reduce what was found to what it says, whatever its case and separators."""
    written = plain_forms(written)
    if kind == "secret":
        return written
    if kind in {"email", "ip_address", "person"}:
        return " ".join(written.lower().split())
    if kind == "phone":
        written = _COUNTRY_CODE.sub("", written)
    return "".join(c for c in written.upper() if c.isalnum())


class Numbering:
    """Numbers the values of one document, in the order in which they are asked for."""

    def __init__(self, written: Iterable[tuple[str, str]] = ()) -> None:
        """Start a document.

        Args:
            written: Placeholders that it holds already, kind in upper case and number:
                new values get higher numbers.
        """
        self._numbers: dict[tuple[str, str], int] = {}
        self._highest: dict[str, int] = {}
        for kind, number in written:
            highest = self._highest.get(kind.lower(), 0)
            self._highest[kind.lower()] = max(highest, int(number))

    def placeholder(self, kind: PersonalDataKind, written: str) -> str:
        """Return the placeholder of a value."""
        key = kind, identity(kind, written)
        if key not in self._numbers:
            self._highest[kind] = self._highest.get(kind, 0) + 1
            self._numbers[key] = self._highest[kind]
        return placeholder(kind, self._numbers[key])
