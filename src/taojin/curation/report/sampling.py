"""Samples of rows that come part by part, the same whatever the parts."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pandas.util
import pyarrow as pa
from numpy.typing import NDArray

hashing: Any = pandas.util  # looks its functions up; no checker knows them

Frame = Any
"""A data frame; its library's annotations are unions that no checker can narrow."""

_SEED = "curation-report1"
"""Key of the hash, 16 characters; another key draws another sample."""


def hash_ids(document_ids: pa.ChunkedArray) -> NDArray[np.uint64]:
    """Hash identifiers with a seed; the lowest hashes are a random sample."""
    ids = document_ids.to_pandas().to_numpy(dtype=object)
    return hashing.hash_array(ids, hash_key=_SEED, categorize=False)


@dataclass
class LowestHashes:
    """Keeps the rows with the lowest hashes of each group.

    Which rows are kept depends on their identifiers alone, not on the order in which
    they come; memory is bounded by ``size`` rows a group.

    Attributes:
        size: Rows to keep of each group.
    """

    size: int
    _kept: Frame = None
    _limits: dict[str, np.uint64] = field(default_factory=dict)
    """Highest hash kept of each group that is full."""

    def wanted(
        self, hashes: NDArray[np.uint64], groups: NDArray[np.object_]
    ) -> NDArray[np.int64]:
        """Tell which rows of a part may belong to the sample, ascending."""
        codes, names = pd.factorize(groups)
        highest = np.iinfo(np.uint64).max
        limits = np.array([self._limits.get(name, highest) for name in names], "u8")
        if not len(limits):
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero(hashes <= limits[codes])

    def add(self, rows: Frame) -> None:
        """Take rows with the columns ``hash``, ``row`` and ``group``."""
        both = rows if self._kept is None else pd.concat([self._kept, rows])
        ordered = both.sort_values(["group", "hash", "row"], ignore_index=True)
        self._kept = ordered.groupby("group").head(self.size)
        sizes = self._kept.groupby("group")["hash"].agg(["size", "max"])
        full = sizes[sizes["size"] >= self.size]["max"]
        self._limits = {str(name): np.uint64(limit) for name, limit in full.items()}

    def frame(self) -> Frame:
        """The sample, by row; no rows and no columns if nothing was added."""
        if self._kept is None:
            return pd.DataFrame()
        return self._kept.sort_values("row", ignore_index=True)
