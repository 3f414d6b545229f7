"""The texts of a part, batch after batch, and positions that order a whole corpus."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from taojin.core.errors import CountMismatchError
from taojin.core.row_groups import RowReader
from taojin.core.shards import Shards, read_part
from taojin.core.text_buffers import BATCH_BYTES, TextBuffers, text_buffers

pc: Any = pyarrow.compute  # made at import; no checker knows its functions

PART_SHIFT = 44
"""A position in the corpus is the part's number, shifted, plus that in the part."""
MAX_PARTS = 1 << (63 - PART_SHIFT)

_EMPTY = pa.scalar("", pa.large_string())

STRETCH_FIELDS = (
    pa.field("document_id", pa.string(), nullable=False),
    pa.field("row", pa.int64(), nullable=False),
    pa.field("start", pa.int64(), nullable=False),
    pa.field("end", pa.int64(), nullable=False),
    pa.field("num_words", pa.int64(), nullable=False),
)
"""Of every table of stretches of text: the document, its row in its part, the bytes of
its UTF-8 text, and the plain words between."""


@dataclass(frozen=True)
class PartTexts:
    """Where the texts of a part are, and which of them count.

    Attributes:
        index: Number of the part, from 0.
        path: Its documents.
        kept: A table with the column ``kept``, a row a document; null keeps all.
    """

    index: int
    path: Path
    kept: Path | None

    @property
    def low(self) -> int:
        """First position of the part."""
        return self.index << PART_SHIFT

    @property
    def high(self) -> int:
        """First position after the part."""
        return (self.index + 1) << PART_SHIFT


class TextBatch(NamedTuple):
    """Texts of successive rows.

    Attributes:
        first_row: Row of the first text.
        texts: Texts; that of a row that does not count is empty.
    """

    first_row: int
    texts: TextBuffers


def parts_of(documents: Shards, kept: Shards | None) -> list[PartTexts]:
    """List the parts of documents with their decisions.

    Raises:
        CountMismatchError: If these are not about the same parts, or there are more
            parts than positions can tell apart.
    """
    if len(documents.parts) > MAX_PARTS:
        message = f"{len(documents.parts)} parts are too many; at most {MAX_PARTS}"
        raise CountMismatchError(message)
    if kept is None:
        paths: list[Path | None] = [None] * len(documents.parts)
    else:
        sizes = [[part.num_rows for part in s.parts] for s in (documents, kept)]
        if sizes[0] != sizes[1]:
            message = (
                f"documents come in {len(sizes[0])} parts of {sum(sizes[0])} rows, "
                f"their decisions in {len(sizes[1])} of {sum(sizes[1])}: they do not "
                "belong together; delete the decisions and run curation again"
            )
            raise CountMismatchError(message)
        paths = [kept.path(part) for part in kept.parts]
    return [
        PartTexts(index, documents.path(part), paths[index])
        for index, part in enumerate(documents.parts)
    ]


def read_texts(
    part: PartTexts, wanted: NDArray[np.bool_] | None = None
) -> Iterator[TextBatch]:
    """Yield the texts of a part, about 4 MB at a time, at least one batch.

    Args:
        part: Where they are.
        wanted: Rows whose text is needed; null needs all that count. Others read as
            empty.

    Raises:
        CorruptArtifactError: If the part cannot be read.
    """
    mask = kept_rows(part) if wanted is None else wanted
    row = 0
    with RowReader(part.path, ["text"]) as reader:
        for table in reader.batches(BATCH_BYTES):
            column = table["text"].cast(pa.large_string())
            if mask is not None:
                chosen = pa.array(mask[row : row + len(column)])
                column = pc.if_else(chosen, column, _EMPTY)
            yield TextBatch(row, text_buffers(column))
            row += len(column)


def kept_rows(part: PartTexts) -> NDArray[np.bool_] | None:
    """Tell which rows of a part count; null means all."""
    if part.kept is None:
        return None
    kept = read_part(part.kept, ["kept"])["kept"].to_numpy()
    return kept.astype(np.bool_)
