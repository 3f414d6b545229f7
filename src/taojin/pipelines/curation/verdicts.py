"""What the policy says of every licence that occurs among measured items."""

from taojin.core.shards import Shards
from taojin.governance.licences import LicencePolicy, LicenceVerdict, judge_licence


def licence_verdicts(
    measured: Shards, policy: LicencePolicy
) -> dict[str | None, LicenceVerdict]:
    """Judge each licence once; see :func:`taojin.governance.licences.judge_licence`.

    Args:
        measured: Signals of documents, images or recordings, with a ``licence``.
        policy: What is allowed.
    """
    licences: set[str | None] = set()
    for table in measured.tables(["licence"]):
        licences.update(table["licence"].unique().to_pylist())
    return {licence: judge_licence(licence, policy) for licence in licences}
