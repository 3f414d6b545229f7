"""Cut spans out of texts, and leave no frayed edges."""

import re
from typing import Any

import pyarrow as pa
import pyarrow.compute

pc: Any = pyarrow.compute  # made at import; no checker knows its functions

# What is attached to a word goes with it: `("word` at the start, `word."` at the end;
# in scripts without spaces the marks themselves tell which side they belong to.
_OPENING = re.compile(r"(?:(?<!\S)[^\w\s]+|[「『（【《〈“‘]+)\Z")
_CLOSING = re.compile(r"[^\w\s]+(?!\S)|[。，、；：！？」』）】》〉”’…]+")


def remove_spans(
    text: pa.ChunkedArray | pa.Array, spans: pa.Table
) -> tuple[pa.LargeStringArray, dict[str, int]]:
    """Cut the spans of a part out of its texts.

    Punctuation that is attached to the cut words goes with them, and of the white
    space before and after the gap one side stays: the one with more line ends. A text
    that is one span becomes empty.

    Args:
        text: Texts of a part; not changed.
        spans: Its rows of :data:`taojin.curation.repeats.spans.SPAN_SCHEMA`, by row
            and start; only ``row``, ``start`` and ``end`` are read.

    Returns:
        Texts in the same order, and the counts ``num_documents_cut``,
        ``num_spans_removed`` and ``num_bytes_removed``.
    """
    if isinstance(text, pa.ChunkedArray):
        text = pa.concat_arrays(text.chunks) if text.num_chunks else pa.array([])
    text = text.cast(pa.large_string())
    cuts: dict[int, list[tuple[int, int]]] = {}
    for row, start, end in zip(
        *(spans[name].to_pylist() for name in ("row", "start", "end")), strict=True
    ):
        cuts.setdefault(row, []).append((start, end))
    old = [text[row].as_py() for row in cuts]
    new = [
        _cut(value.encode(), gaps)
        for value, gaps in zip(old, cuts.values(), strict=True)
    ]
    removed = sum(map(_num_bytes, old)) - sum(map(_num_bytes, new))
    counts = {
        "num_documents_cut": len(cuts),
        "num_spans_removed": spans.num_rows,
        "num_bytes_removed": removed,
    }
    if not cuts:
        return text, counts
    chosen = pc.is_in(pa.array(range(len(text))), pa.array(list(cuts)))
    replacements = pa.array(new, type=pa.large_string())
    return pc.replace_with_mask(text, chosen, replacements), counts


def _cut(raw: bytes, gaps: list[tuple[int, int]]) -> str:
    edges = [0, *(edge for gap in gaps for edge in gap), len(raw)]
    pieces = [
        raw[start:end].decode()
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    ]
    left: list[str] = []
    space = ""
    for index, piece in enumerate(pieces):
        before, body, after = _trimmed(piece, index > 0, index < len(gaps))
        space = _wider(space, before)
        if body:
            left += [space, body] if left else [body]
            space = after
        else:
            space = _wider(space, after)
    return "".join(left)


def _trimmed(piece: str, is_after: bool, is_before: bool) -> tuple[str, str, str]:  # noqa: FBT001
    """Part a piece after and before a gap into white space, text and white space."""
    start, end = 0, len(piece)
    if is_after and (found := _CLOSING.match(piece)):
        start = found.end()
    if is_before and (found := _OPENING.search(piece, start)):
        end = found.start()
    piece = piece[start:end]
    body = piece.lstrip() if is_after else piece
    before = piece[: len(piece) - len(body)]
    text = body.rstrip() if is_before else body
    return before, text, body[len(text) :]


def _wider(before: str, after: str) -> str:
    """Choose the white space that parts more: lines before characters."""
    return max(before, after, key=lambda space: (space.count("\n"), len(space)))


def _num_bytes(value: str) -> int:
    return len(value.encode())
