"""Keep what a run has found: ``python tests/fuzz/keep.py FOLDER``.

Writes to ``seeds``: the cases that failed; a few small cases that make every signal
take every size that it has taken in the run; and what was run.
"""

import json
import sys
from pathlib import Path

from byte_cases import Case, load_seeds, read_case, write_case, write_json
from run import reached_by

_SEEDS = Path(__file__).parent / "seeds"
_LARGEST = 1200
_MOST = 120


def distil(cases: list[Case]) -> list[Case]:
    """Choose small cases that together reach what all of them do, most first."""
    small = [case for case in cases if sum(map(len, case)) <= _LARGEST]
    reached = [reached_by(case) for case in small]
    known = set().union(*(reached_by(case) for case in load_seeds(_SEEDS).values()))
    chosen: list[Case] = []
    while len(chosen) < _MOST:
        worth = [
            len(own - known) / (40 + sum(map(len, case)))
            for case, own in zip(small, reached, strict=True)
        ]
        best = max(range(len(small)), key=worth.__getitem__, default=None)
        if best is None or not worth[best]:
            break
        known |= reached[best]
        chosen.append(small[best])
    return chosen


def main(folder: Path) -> None:
    """Write the seeds of a run that is over."""
    for old in ("reached.json", "failed.json"):
        (_SEEDS / old).unlink(missing_ok=True)
    runs = [
        json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("run_*"))
    ]
    failed = {kind: case for run in runs for kind, case in run.pop("cases").items()}
    if failed:
        write_json(_SEEDS / "failed.json", {"cases": failed})
    corpora = [json.loads(path.read_text("utf-8")) for path in folder.glob("corpus_*")]
    chosen = distil([read_case(case) for corpus in corpora for case in corpus])
    numbered = {str(number): write_case(case) for number, case in enumerate(chosen)}
    for run in runs:
        del run["slowest"]
    write_json(_SEEDS / "reached.json", {"runs": runs, "cases": numbered})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
