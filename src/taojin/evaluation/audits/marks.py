"""Whether generated texts carry the mark or label that they must."""

from collections.abc import Callable, Sequence

from taojin.evaluation.audits.results import share_score
from taojin.evaluation.scores import Score


def audit_marks(
    texts: Sequence[str],
    validate_mark: Callable[[str], bool],
    confidence: float = 0.95,
    real: Sequence[str] = (),
) -> Score:
    """Share of texts whose mark is valid.

    Args:
        texts: Generated texts, as they are handed out.
        validate_mark: Whether a text carries a valid mark.
        confidence: Coverage of the intervals.
        real: Texts by people: how often a mark is seen where there is none.

    Returns:
        Score ``mark_validity``.

    Raises:
        DataError: If there are no texts.
    """
    flags = [validate_mark(text) for text in texts]
    false_alarms = [validate_mark(text) for text in real]
    return share_score(
        "mark_validity", flags, false_alarms, confidence, better="higher"
    )
