"""How well the recognisers find what they should: precision and recall by kind."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from taojin.curation.personal_data.kinds import KINDS, PersonalDataKind, Span
from taojin.curation.personal_data.planted import PlantedText, plant_personal_data
from taojin.curation.personal_data.redaction import find

Json = dict[str, Any]

_KIND_OF_LABEL: dict[str, PersonalDataKind] = {
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "payment_card",
    "IP_ADDRESS": "ip_address",
    "IBAN_CODE": "iban",
    "US_SSN": "us_ssn",
}
"""Names, addresses, places, organisations, dates, domains, titles and driving licences
are out of scope."""


def measure_recognisers(seed: int = 0) -> list[Json]:
    """Measure on the planted set, which is made anew.

    Takes less than a second, so that every report can tell how far its counts of
    personal data are to be believed.

    Returns:
        See :func:`score_recognisers`.
    """
    return score_recognisers(plant_personal_data(seed))


def score_recognisers(texts: Iterable[PlantedText]) -> list[Json]:
    """Compare what is found with what stands in the texts.

    A finding is correct if kind, start and end are those of something planted.

    Returns:
        One JSON-able row for each kind and language in which it was planted or found:
        ``kind``, ``language``, ``num_planted``, ``num_found``, ``num_correct``,
        ``precision`` (null where nothing was found) and ``recall`` (null where nothing
        was planted), both in [0, 1].
    """
    planted: Counter[tuple[str, str]] = Counter()
    found: Counter[tuple[str, str]] = Counter()
    correct: Counter[tuple[str, str]] = Counter()
    for text, language, spans in texts:
        own = find(text)
        planted.update((span.kind, language) for span in spans)
        found.update((span.kind, language) for span in own)
        correct.update((span.kind, language) for span in set(own) & set(spans))
    return [
        {
            "kind": kind,
            "language": language,
            "num_planted": planted[kind, language],
            "num_found": found[kind, language],
            "num_correct": correct[kind, language],
            "precision": _share(correct[kind, language], found[kind, language]),
            "recall": _share(correct[kind, language], planted[kind, language]),
        }
        for kind in KINDS
        for language in sorted({language for _, language in planted + found})
        if planted[kind, language] or found[kind, language]
    ]


def read_labelled_texts(path: Path) -> list[PlantedText]:
    """Read English sentences with labels, in the format of presidio-research.

    Args:
        path: A JSON list of objects with ``full_text`` and ``spans``, these with
            ``entity_type``, ``start_position`` and ``end_position``. Labels of what
            no recogniser here looks for are left out.
    """
    return [
        PlantedText(
            record["full_text"],
            "en",
            tuple(
                Span(
                    _KIND_OF_LABEL[label["entity_type"]],
                    label["start_position"],
                    label["end_position"],
                )
                for label in record["spans"]
                if label["entity_type"] in _KIND_OF_LABEL
            ),
        )
        for record in json.loads(path.read_text(encoding="utf-8"))
    ]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
