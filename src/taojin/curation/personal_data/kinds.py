"""Kinds of personal data, and where in a text one was found."""

from typing import Literal, NamedTuple, get_args

PersonalDataKind = Literal[
    "email",
    "secret",
    "iban",
    "cn_resident_id",
    "cn_bank_card",
    "payment_card",
    "us_ssn",
    "cn_licence_plate",
    "ip_address",
    "passport",
    "phone",
    "person",
]

ALL_KINDS: tuple[PersonalDataKind, ...] = get_args(PersonalDataKind)
"""All kinds, the surest first: where two claim the same characters, the first wins."""

KINDS: tuple[PersonalDataKind, ...] = tuple(
    kind for kind in ALL_KINDS if kind != "person"
)
"""Kinds that rules recognise; names of persons need a model, see ``names``."""


class Span(NamedTuple):
    """Personal data at ``text[start:end]``."""

    kind: PersonalDataKind
    start: int
    end: int
