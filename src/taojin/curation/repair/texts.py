"""Repair texts before they are measured; Python sees only the lines that need it."""

import re
import unicodedata

import pyarrow as pa

from taojin.core.config import StageConfig
from taojin.core.text_buffers import text_buffers
from taojin.curation.kernels.edits import replace_ranges
from taojin.curation.repair.characters import plain_breaks, remove_invisible
from taojin.curation.repair.mojibake import DAMAGE as DAMAGED_TEXT
from taojin.curation.repair.mojibake import repair_mojibake
from taojin.curation.repair.scan import find_signed_lines
from taojin.curation.repair.signs import CONTROL, DAMAGE, MOJIBAKE, UNICODE

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_MOST_ROUNDS = 20
"""A line that is not done then stays as it came; none has been seen."""


class RepairConfig(StageConfig):
    """What is repaired before anything is measured."""

    unicode: bool = True
    """Bring to normal form C: one code sequence for one text."""
    mojibake: bool = True
    """Read again what was read in a wrong encoding, as ``Ã©`` for ``é``."""
    control_characters: bool = True
    """Remove invisible characters; every line break becomes a line feed."""


def repair_texts(
    text: pa.ChunkedArray | pa.Array, config: RepairConfig
) -> tuple[pa.Array, dict[str, int]]:
    """Repair each text; those that need nothing pass as bytes.

    Repairing the result again changes nothing. Bytes that are no UTF-8 become U+FFFD.

    Args:
        text: Texts; null counts as empty.
        config: What to repair.

    Returns:
        The texts (large strings), and numbers of documents: ``num_repaired_unicode``,
        ``num_repaired_mojibake``, ``num_repaired_control_characters``; and
        ``num_damaged``, those in which characters are lost for good (U+FFFD,
        ``锟斤拷``), whether they were repaired elsewhere or not.
    """
    data, offsets = text_buffers(text)
    view = data.data
    lines = find_signed_lines(data, offsets, _wanted(config))
    ranges: list[tuple[int, int]] = []
    replacements: list[bytes] = []
    changed: dict[int, int] = {}
    for document, start, end, signs in zip(*(c.tolist() for c in lines), strict=True):
        content = bytes(view[start:end])
        line = str(content, "utf-8", "replace")
        if signs == UNICODE and unicodedata.is_normalized("NFC", line):
            continue
        line, done = _repair_line(line, config)
        repaired = line.encode()
        if repaired != content:
            ranges.append((start, end))
            replacements.append(repaired)
        if DAMAGED_TEXT.search(line):
            done |= DAMAGE
        changed[document] = changed.get(document, 0) | done
    counts = {
        name: sum(bool(done & bit) for done in changed.values())
        for name, bit in _COUNTS.items()
    }
    return replace_ranges(data, offsets, ranges, replacements), counts


def repair(text: str, config: RepairConfig) -> str:
    """Repair one text, as :func:`repair_texts` does."""
    text = text.encode("utf-8", "replace").decode()
    return "".join(_repair_line(line, config)[0] for line in _LINE.findall(text))


_COUNTS = {
    "num_repaired_unicode": UNICODE,
    "num_repaired_mojibake": MOJIBAKE,
    "num_repaired_control_characters": CONTROL,
    "num_damaged": DAMAGE,
}


def _wanted(config: RepairConfig) -> int:
    return (
        UNICODE * config.unicode
        | MOJIBAKE * config.mojibake
        | CONTROL * config.control_characters
        | DAMAGE
    )


def _repair_line(line: str, config: RepairConfig) -> tuple[str, int]:
    """Repair until nothing changes any more: one repair may make room for another.

    Returns:
        The line, and the bits of what was repaired.
    """
    repaired, signs = line, 0
    for _ in range(_MOST_ROUNDS):
        before = repaired
        if config.control_characters:
            repaired, signs = _note(plain_breaks(repaired), repaired, signs, CONTROL)
        if config.mojibake:
            parts = map(repair_mojibake, repaired.split("\n"))
            repaired, signs = _note("\n".join(parts), repaired, signs, MOJIBAKE)
        if config.control_characters:
            parts = map(remove_invisible, repaired.split("\n"))
            repaired, signs = _note("\n".join(parts), repaired, signs, CONTROL)
        if config.unicode:
            normal = unicodedata.normalize("NFC", repaired)
            repaired, signs = _note(normal, repaired, signs, UNICODE)
        if repaired == before:
            return (repaired, signs) if _is_text(repaired) else (line, 0)
    return line, 0


def _note(new: str, old: str, signs: int, bit: int) -> tuple[str, int]:
    return new, signs if new == old else signs | bit


def _is_text(text: str) -> bool:
    """Tell text from code points that UTF-8 can't write: half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
