"""Intervals of what varies both by draw of the labels and by test example."""

import numpy as np
from scipy.stats import t as student_t

from taojin.core.errors import DataError
from taojin.core.estimates import Estimate

_MIN_EXAMPLES = 2


def crossed_mean(
    values: np.ndarray, confidence: float, lowest: float = 0.0
) -> Estimate:
    """Estimate the mean of a table of draws by test examples.

    Other labels would have given another score, and so would other test examples;
    all draws share the examples. The variances of both are added up, each that of a
    mean, which counts their interaction twice: the interval errs on the wide side.
    Degrees of freedom after Satterthwaite 1946.

    Args:
        values: ``[draws, examples]``: 1 for right and 0 for wrong, or differences of
            two such tables. One draw has a share for the examples alone.
        confidence: Nominal coverage, between 0 and 1.
        lowest: What the mean can be at least: 0 for accuracies, -1 for differences.

    Returns:
        The estimate, of zero width where all values are the same; ``num_samples`` is the number of examples.

    Raises:
        DataError: If there is no draw, or fewer than two examples.
    """
    table = np.asarray(values, dtype=np.float64)
    num_draws, num_examples = table.shape
    if num_draws < 1 or num_examples < _MIN_EXAMPLES:
        message = (
            f"an interval needs a draw and {_MIN_EXAMPLES} examples, and there are "
            f"{num_draws} and {num_examples}; test on more examples"
        )
        raise DataError(message)
    parts = [(table.mean(axis=0).var(ddof=1) / num_examples, num_examples - 1)]
    if num_draws > 1:
        parts.append((table.mean(axis=1).var(ddof=1) / num_draws, num_draws - 1))
    variance = sum(part for part, _ in parts)
    margin = 0.0
    if variance > 0.0:
        freedom = variance**2 / sum(part**2 / degrees for part, degrees in parts)
        quantile = student_t.ppf((1.0 + confidence) / 2.0, freedom)
        margin = float(quantile * np.sqrt(variance))
    value = float(table.mean())
    return Estimate(
        value=value,
        low=max(value - margin, lowest),
        high=min(value + margin, 1.0),
        num_samples=num_examples,
        confidence=confidence,
    )
