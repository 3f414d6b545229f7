"""The verdict of the release gate in words."""

from dataclasses import dataclass
from typing import Literal

from taojin.reporting.inputs import Report, rows_of
from taojin.reporting.texts import Texts


@dataclass(frozen=True)
class Verdict:
    """What the gate decided.

    Attributes:
        kind: Which of the three verdicts.
        word: Its name.
        because: One sentence of explanation.
    """

    kind: Literal["released", "held_back", "undecided"]
    word: str
    because: str


def verdict_of(release: Report | None, say: Texts) -> Verdict:
    """Put a release decision into words; undecided if there is none."""
    if not release:
        kind = "undecided"
        return Verdict(kind, say("verdict.undecided"), say("verdict.undecided_because"))
    failed = [str(r["name"]) for r in rows_of(release, "rules") if not r["passed"]]
    rules = say.count(len(rows_of(release, "rules")), "rule")
    if release["released"]:
        passed = len(rows_of(release, "rules")) - len(failed)
        because = say("verdict.released_because", passed=passed, rules=rules)
        return Verdict("released", say("verdict.released"), because)
    because = say(
        "verdict.held_back_because",
        failed=len(failed),
        rules=rules,
        names=", ".join(failed),
    )
    return Verdict("held_back", say("verdict.held_back"), because)
