"""Shingles of few texts, and which of many documents hold them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.compilation import kernel
from taojin.core.text_buffers import TextBuffers, batches, read_only, text_buffers
from taojin.curation.kernels.characters import character_classes
from taojin.curation.kernels.minhash import Units, is_unspaced, split_characters
from taojin.curation.kernels.simple_words import split_simple_words
from taojin.curation.kernels.simplify import simplify_texts
from taojin.curation.kernels.xxh64 import xxh64
from taojin.evaluation.audits.config import NearCopyConfig
from taojin.evaluation.audits.hash_tables import HashTable
from taojin.evaluation.audits.incidence import Incidence, distinct_pairs
from taojin.evaluation.audits.origins import Copies

Unit = Literal["word", "character"]

_NO_SEED = np.uint64(0)
_ORIGIN = ("document_id", "source", "licence")

_Piece = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]
"""Rows of documents, numbers of texts, and the share of each text that each holds."""
_NO_PIECE: _Piece = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))


class _Owners(NamedTuple):
    """Shingles of one unit, and the texts of each."""

    table: HashTable
    texts: Incidence


class ShingleIndex:
    """The shingles of some texts, to be looked for in others.

    Attributes:
        num_shingles: Distinct ones of each text.
    """

    def __init__(self, texts: Sequence[str], config: NearCopyConfig) -> None:
        self._config = config
        self.num_shingles = np.zeros(len(texts), dtype=np.int64)
        self._owners: dict[Unit, _Owners] = {}
        buffers = text_buffers(pa.array(map(_sound, texts), pa.large_string()))
        simple = simplify_texts(buffers)
        in_characters = self._takes_characters(simple)
        chosen_by_unit: dict[Unit, NDArray[np.bool_]] = {
            "word": ~in_characters,
            "character": in_characters,
        }
        for unit, chosen in chosen_by_unit.items():
            if not chosen.any():
                continue
            hashes, texts_of = self._shingles(simple, unit)
            wanted = chosen[texts_of]
            pairs = distinct_pairs(texts_of[wanted], hashes[wanted])
            counts = np.bincount(pairs[0], minlength=len(texts))
            self.num_shingles += counts
            is_judged = counts[pairs[0]] >= config.min_shingles
            table = HashTable(pairs[1][is_judged])
            places = np.searchsorted(table.hashes, pairs[1][is_judged])
            texts_of_place = Incidence(places, pairs[0][is_judged], len(table.hashes))
            self._owners[unit] = _Owners(table, texts_of_place)

    def containments(
        self, training: Iterable[pa.Table]
    ) -> tuple[Copies, NDArray[np.float64]]:
        """Find the documents that hold some of each text.

        Returns:
            Pairs of a text and a document, and the share of the text's shingles that
            the document holds: of all that are near copies, and of the nearest one in
            any case. By text, the nearest first, then by the document's id.
        """
        tables, pieces, first = [], [_NO_PIECE], 0
        for table in training:
            row, item, share = self._of_table(table)
            rows, numbers = np.unique(row, return_inverse=True)
            tables.append(table.select(list(_ORIGIN)).take(pa.array(rows)))
            pieces.append((numbers + first, item, share))
            first += len(rows)
        row, item, share = _join(pieces)
        origins = pd.DataFrame(columns=list(_ORIGIN))
        if tables:
            origins = pa.concat_tables(tables).to_pandas()
        rank = np.argsort(np.argsort(origins["document_id"].to_numpy(str)))
        order = np.lexsort((rank[row], -share, item))
        row, item, share = row[order], item[order], share[order]
        is_kept = share >= self._config.min_containment
        is_kept[np.unique(item, return_index=True)[1]] = True
        return Copies(item, row, origins).only(is_kept), share[is_kept]

    def _of_table(self, table: pa.Table) -> _Piece:
        pieces, first = [_NO_PIECE], 0
        for batch in batches(table.column("text")):
            for row, item, share in self._of_batch(batch):
                pieces.append((row + first, item, share))
            first += batch.num_texts
        row, item, share = _join(pieces)
        # Of most documents a few shingles are found; only the nearest can matter.
        best = np.zeros(len(self.num_shingles))
        np.maximum.at(best, item, share)
        kept = (share >= self._config.min_containment) | (share == best[item])
        return row[kept], item[kept], share[kept]

    def _of_batch(self, texts: TextBuffers) -> Iterator[_Piece]:
        simple = simplify_texts(texts)
        for unit, owners in self._owners.items():
            hashes, documents = self._shingles(simple, unit)
            positions, places = owners.table.find(hashes)
            document, place = distinct_pairs(documents[positions], places)
            document, item = owners.texts.expand(document, place)
            keys = document * len(self.num_shingles) + item
            distinct, counts = np.unique(keys, return_counts=True)
            row, item = np.divmod(distinct, len(self.num_shingles))
            yield row, item, counts / self.num_shingles[item]

    def _takes_characters(self, simple: TextBuffers) -> NDArray[np.bool_]:
        if self._config.unit == "auto":
            return is_unspaced(*simple, character_classes())
        return np.full(simple.num_texts, self._config.unit == "character")

    def _shingles(
        self, simple: TextBuffers, unit: str
    ) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """Hashes of all shingles of simplified texts, and the text of each."""
        if unit == "word":
            units, ngram = split_simple_words(simple), self._config.ngram
        else:
            units, ngram = split_characters(*simple), self._config.ngram_chars
        counts = np.maximum(np.diff(units.offsets) - ngram + 1, 0)
        units = units._replace(data=read_only(units.data))
        hashes = hash_shingles(units, ngram, int(counts.sum()))
        return hashes, np.repeat(np.arange(simple.num_texts), counts)


@kernel
def hash_shingles(units: Units, ngram: int, num_shingles: int) -> NDArray[np.uint64]:
    """Hash every shingle of every document by XXH64.

    Args:
        units: Words or characters of the documents.
        ngram: Units a shingle.
        num_shingles: Of all documents.

    Returns:
        One hash a shingle, document by document.
    """
    hashes = np.empty(num_shingles, dtype=np.uint64)
    count = 0
    for document in range(len(units.offsets) - 1):
        end = units.offsets[document + 1] - ngram + 1
        for first in range(units.offsets[document], end):
            start, last = units.starts[first], units.ends[first + ngram - 1]
            hashes[count] = xxh64(units.data, start, last, _NO_SEED)
            count += 1
    return hashes


def _join(pieces: Sequence[_Piece]) -> _Piece:
    row, item, share = zip(*pieces, strict=True)
    return np.concatenate(row), np.concatenate(item), np.concatenate(share)


def _sound(text: str) -> str:
    """Arrow holds no lone surrogates."""
    return text.encode("utf-8", errors="replace").decode("utf-8")
