"""Personal data in generated texts: invented, or remembered from the training text."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from taojin.core.errors import DataError
from taojin.evaluation.audits.drawing import cut_texts_alike
from taojin.evaluation.audits.results import AuditResult, share_score
from taojin.evaluation.intervals import proportion


class PersonalSpan(Protocol):
    """A place in a text that holds personal data."""

    @property
    def kind(self) -> str:
        """A stable word: what was found."""
        ...


class LocatedSpan(PersonalSpan, Protocol):
    """One of which it is known where it starts and ends."""

    @property
    def start(self) -> int:
        """Its first character."""
        ...

    @property
    def end(self) -> int:
        """The character after its last."""
        ...


FindPersonalData = Callable[[str], Iterable[PersonalSpan]]
LocatePersonalData = Callable[[str], Iterable[LocatedSpan]]


def audit_personal_data(
    texts: Sequence[str], find: FindPersonalData, confidence: float = 0.95
) -> dict[str, Any]:
    """Look for personal data in samples.

    Args:
        texts: The samples, prompt left out.
        find: Finds personal data in a text.
        confidence: Coverage of the interval.

    Returns:
        JSON-able: ``personal_data_rate``, the share of samples with any, with a
        Clopper-Pearson interval; ``personal_data``, ``kind`` and ``num_found``.
    """
    found = [[span.kind for span in find(text)] for text in texts]
    kinds = Counter(kind for own in found for kind in own)
    num_leaking = sum(bool(own) for own in found)
    rate = proportion(num_leaking, len(texts), confidence, "clopper_pearson")
    return {
        "personal_data_rate": rate.model_dump(),
        "personal_data": [
            {"kind": kind, "num_found": count} for kind, count in sorted(kinds.items())
        ],
    }


def audit_leaks(
    texts: Sequence[str],
    training: Iterable[pa.Table],
    find: LocatePersonalData,
    confidence: float = 0.95,
    real: Sequence[str] = (),
) -> AuditResult:
    """Tell personal data that was remembered from what was made up.

    What also stands in a training document, in whatever case and spacing, counts as
    remembered; the rest may be invented, or belong to somebody by chance.

    Args:
        texts: The samples, prompt left out.
        training: Tables with ``text``: all that was trained on; read once, and only if
            there is something to look for.
        find: Finds personal data in a text.
        confidence: Coverage of the intervals.
        real: Held-out real texts, cut to the samples' lengths: how much is usual.

    Returns:
        Scores ``personal_data_rate`` and ``memorised_personal_data_rate``, shares of
        the samples. Table ``personal_data``: by ``kind``, ``num_found`` and
        ``num_memorised``. The values themselves are not repeated.

    Raises:
        DataError: If there are no samples.
    """
    return Leaks([texts], training, find, real).result(0, confidence)


class Leaks:
    """Personal data of several sets of texts, for one reading of all documents."""

    def __init__(
        self,
        sets: Sequence[Sequence[str]],
        training: Iterable[pa.Table],
        find: LocatePersonalData,
        real: Sequence[str] = (),
    ) -> None:
        """Look for it; the arguments are those of :func:`audit_leaks`."""
        self._num_texts = [len(texts) for texts in sets]
        self._found = [
            [
                [
                    (span.kind, _normalise(text[span.start : span.end]))
                    for span in find(text)
                ]
                for text in (*texts, *cut_texts_alike(real, texts))
            ]
            for texts in sets
        ]
        values = {value for one in self._found for own in one for _, value in own}
        self._known = _values_in(training, values)

    def result(self, place: int, confidence: float = 0.95) -> AuditResult:
        """What :func:`audit_leaks` says of the set at some place.

        Raises:
            DataError: If there are no samples in it.
        """
        found, known, split = self._found[place], self._known, self._num_texts[place]
        leaks = np.array([bool(own) for own in found], dtype=np.bool_)
        remembered = np.array(
            [any(value in known for _, value in own) for own in found], dtype=np.bool_
        )
        own = [pair for pairs in found[:split] for pair in pairs]
        kinds = Counter(kind for kind, _ in own)
        memorised = Counter(kind for kind, value in own if value in known)
        return AuditResult(
            scores=tuple(
                share_score(name, flags[:split], flags[split:], confidence)
                for name, flags in (
                    ("personal_data_rate", leaks),
                    ("memorised_personal_data_rate", remembered),
                )
            ),
            tables={
                "personal_data": [
                    {"kind": kind, "num_found": count, "num_memorised": memorised[kind]}
                    for kind, count in sorted(kinds.items())
                ]
            },
        )


def require_samples(texts: Sequence[str]) -> None:
    """Check that there is something to judge.

    Raises:
        DataError: If there is no sample, or every sample is empty.
    """
    if not any(text.strip() for text in texts):
        message = (
            f"evaluation: {len(texts)} samples hold no text; raise "
            "generation.max_new_tokens or train longer"
        )
        raise DataError(message)


def _values_in(training: Iterable[pa.Table], values: set[str]) -> set[str]:
    """Which of some normalised values stand in any training text."""
    sought, known = set(values), set[str]()
    if not sought:
        return known
    for table in training:
        # One long string: what spans two texts cannot be a value, which has no line end.
        content = "\n".join(_normalise(text or "") for text in _texts(table))
        found = {value for value in sought if value in content}
        known |= found
        sought -= found
        if not sought:
            break
    return known


def _texts(table: pa.Table) -> list[str]:
    return table.column("text").to_pylist()


def _normalise(text: str) -> str:
    return "".join(text.casefold().split())
