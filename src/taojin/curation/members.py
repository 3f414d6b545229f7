"""Look rows up by document in a table about some of the documents."""

from typing import Any

import numpy as np
import pandas as pd
import pandas.util
import pyarrow as pa
from numpy.typing import NDArray


class Members:
    """A table that is about some documents, one row each.

    Documents are found by the hash of their id and then compared, so a look-up costs
    the same however many parts the corpus has. Of rows about one document the first
    counts.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        once = table.drop_duplicates("document_id")
        hashes = _hash(once["document_id"].to_numpy(dtype=object))
        order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[order]
        self._table = once.iloc[order]
        self._ids = self.column("document_id")

    def __len__(self) -> int:
        return len(self._table)

    def column(self, name: str) -> NDArray[Any]:
        """A column, in the order that :meth:`find` counts in."""
        return self._table[name].to_numpy(dtype=object)

    def find(
        self, document_ids: pa.ChunkedArray
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Find documents.

        Returns:
            The rows of ``document_ids`` that the table is about, ascending, and the
            position in the table of each.
        """
        if not len(self):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        wanted = document_ids.to_numpy()
        hashes = _hash(wanted)
        places = np.searchsorted(self._hashes, hashes)
        places = np.minimum(places, len(self) - 1)
        rows = np.flatnonzero(self._hashes[places] == hashes)
        found = places[rows]
        same = self._ids[found] == wanted[rows]
        return rows[same], found[same]


def _hash(ids: NDArray[np.object_]) -> NDArray[np.uint64]:
    hash_array: Any = pandas.util.hash_array  # no checker knows its type
    return hash_array(ids, categorize=False)
