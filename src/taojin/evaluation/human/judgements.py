"""What people answered, read back and checked line by line."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from taojin.core.errors import DataError, SourceReadError
from taojin.evaluation.human.pairs import PairKey, PairKind, StudyKey

ANSWERS = ("a", "b", "tie")
_NEEDED = ("judge", "pair_id", "answer")
_MAX_SHOWN = 10
_OUTCOMES = {"a": 1.0, "b": 0.0, "tie": 0.5}


class Answer(NamedTuple):
    """One judge's answer to one pair."""

    judge: str
    pair_id: str
    answer: str


@dataclass(frozen=True)
class Verdict:
    """An answer, turned to what was compared.

    Attributes:
        judge: Who answered.
        kind: Of the pair.
        item: Number of the prompt, or of the check.
        first: The model, or side of a check, whose name comes first.
        second: The other one.
        outcome: 1 where the first was preferred, 0 the second, 0.5 neither.
        answer: ``a``, ``b`` or ``tie``.
        pair_id: The pair.
        repeats: The pair that it shows again; null otherwise.
    """

    judge: str
    kind: PairKind
    item: int
    first: str
    second: str
    outcome: float
    answer: str
    pair_id: str
    repeats: str | None = None


@dataclass(frozen=True)
class Judgements:
    """Answers of all judges, and the key of the study.

    Attributes:
        answers: Sorted by judge and pair.
        key: What the pairs are.
    """

    answers: tuple[Answer, ...]
    key: StudyKey

    @property
    def judges(self) -> list[str]:
        """Names of the judges, sorted."""
        return sorted({answer.judge for answer in self.answers})

    def num_missing(self) -> dict[str, int]:
        """Count the pairs that each judge left out."""
        counts = Counter(answer.judge for answer in self.answers)
        return {judge: len(self.key.pairs) - counts[judge] for judge in self.judges}

    def verdicts(self) -> list[Verdict]:
        """Turn answers to what was compared."""
        keys = {pair.pair_id: pair for pair in self.key.pairs}
        return [_verdict(answer, keys[answer.pair_id]) for answer in self.answers]


def read_judgements(paths: Sequence[str | Path], key: StudyKey) -> Judgements:
    """Read filled-in tables, those of the page and those of a spreadsheet alike.

    Judges may leave pairs out by leaving out their lines; see
    :meth:`Judgements.num_missing`. A line with no answer is an error, since no one can
    tell whether it was meant.

    Args:
        paths: CSV files in UTF-8 with ``judge``, ``pair_id`` and ``answer``; other
            columns are not read. Upper case answers are taken too.
        key: Of the study.

    Raises:
        SourceReadError: If a file cannot be read or lacks a column.
        DataError: If lines have no judge, an unknown or missing pair, an unknown
            answer, or answer a pair again; the message names files and lines.
    """
    known = {pair.pair_id for pair in key.pairs}
    seen: dict[tuple[str, str], str] = {}
    answers: list[Answer] = []
    problems: list[str] = []
    for path in paths:
        for line, answer in _lines(Path(path)):
            place = f"{Path(path).name} line {line}"
            found = _problem(answer, known, seen)
            if found is None:
                seen[answer.judge, answer.pair_id] = place
                answers.append(answer)
            else:
                problems.append(f"{place}: {found}")
    if problems:
        shown = "; ".join(problems[:_MAX_SHOWN])
        more = len(problems) - _MAX_SHOWN
        rest = f"; and {more} more" if more > 0 else ""
        message = f"human study: {len(problems)} lines cannot be used. {shown}{rest}"
        raise DataError(message)
    if not answers:
        message = f"human study: no answers in {[Path(path).name for path in paths]}"
        raise DataError(message)
    return Judgements(tuple(sorted(answers)), key)


def _lines(path: Path) -> Iterator[tuple[int, Answer]]:
    """Yield each answer and the number of its first line."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        message = f"human study: {path} cannot be read as UTF-8: {error}; save it as CSV UTF-8"
        raise SourceReadError(message) from error
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        header = next(reader, [])
        places = _places(header, path)
        line = reader.line_num + 1
        for cells in reader:
            if cells:
                padded = [*cells, *[""] * (len(header) - len(cells))]
                judge, pair_id, answer = (padded[place].strip() for place in places)
                yield line, Answer(judge, pair_id, answer.lower())
            line = reader.line_num + 1
    except csv.Error as error:
        message = (
            f"human study: {path} line {reader.line_num} is no CSV: {error}; columns "
            "other than judge, pair_id and answer may be left out"
        )
        raise SourceReadError(message) from error


def _places(header: list[str], path: Path) -> list[int]:
    names = [name.strip() for name in header]
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        message = f"human study: {path} lacks the columns {missing}, found {names[:10]}"
        raise SourceReadError(message)
    return [names.index(name) for name in _NEEDED]


def _problem(
    answer: Answer, known: set[str], seen: dict[tuple[str, str], str]
) -> str | None:
    if not answer.judge:
        return "no judge; fill in a name or code"
    if not answer.pair_id:
        return "no pair_id; restore it from pairs.csv"
    if answer.pair_id not in known:
        return f"pair_id {answer.pair_id[:40]!r} is not of this study"
    if answer.answer not in ANSWERS:
        wanted = " or ".join(ANSWERS)
        return f"answer {answer.answer[:40]!r}; needed is {wanted}, or no line at all"
    earlier = seen.get((answer.judge, answer.pair_id))
    if earlier is not None:
        return f"{answer.judge} answered {answer.pair_id} in {earlier} too; keep one"
    return None


def _verdict(answer: Answer, key: PairKey) -> Verdict:
    outcome = _OUTCOMES[answer.answer]
    first, second = key.a, key.b
    if key.a > key.b:
        first, second, outcome = key.b, key.a, 1.0 - outcome
    return Verdict(
        judge=answer.judge,
        kind=key.kind,
        item=key.item,
        first=first,
        second=second,
        outcome=outcome,
        answer=answer.answer,
        pair_id=key.pair_id,
        repeats=key.repeats,
    )
