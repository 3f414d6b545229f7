"""Find copies among all documents, from their hashes alone."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from taojin.core.shards import Shards
from taojin.curation.duplicates.components import connect, in_company
from taojin.curation.duplicates.config import DuplicatesConfig
from taojin.curation.duplicates.keys import band_keys, exact_hash_keys
from taojin.curation.duplicates.linking import link_equal_keys, read_batches
from taojin.engines import EngineConfig

pc: Any = pyarrow.compute  # its functions are made at import; type checkers see none

_IDS_AT_ONCE = 1 << 16

CLUSTER_COLUMNS = ("document_id", "cluster_id", "kind", "twin_id")


def find_duplicates(
    signals: Shards, config: DuplicatesConfig, *, workspace: Path, engine: EngineConfig
) -> pd.DataFrame:
    """Find clusters of copies.

    Two documents are exact copies if their texts agree but for case and white space,
    near copies if they share a MinHash band. Clusters are the connected components,
    so its furthest members may be less alike than any two that were linked.

    Args:
        signals: Measured documents.
        config: What counts as a copy.
        workspace: Folder for what does not fit in memory, seen by all workers; what it
            holds under ``exact_hashes`` and ``band_hashes`` is deleted.
        engine: Where to run.

    Returns:
        One row for each document that has a copy, by ``cluster_id``, then
        ``document_id``; neither the order of ``signals`` nor its parts matter.

        * ``cluster_id``: the lowest ``document_id`` of the cluster;
        * ``kind``: ``exact`` if the document has an exact copy, else ``near``;
        * ``twin_id``: the lowest ``document_id`` of its exact copies and itself.
    """
    memory_limit = config.memory_limit_mb << 20
    twins = np.arange(signals.num_rows, dtype=np.int64)
    if config.exact:
        edges = link_equal_keys(
            signals,
            exact_hash_keys(),
            workspace=workspace / "exact_hashes",
            memory_limit=memory_limit,
            engine=engine,
            label="exact hashes",
        )
        twins = connect(twins, edges)
    clusters = twins
    if config.near and signals.parts:
        edges = link_equal_keys(
            signals,
            band_keys(signals, config.min_shingles),
            workspace=workspace / "band_hashes",
            memory_limit=memory_limit,
            engine=engine,
            label="band hashes",
        )
        clusters = connect(twins, edges)
    return _describe(signals, clusters, twins)


def _describe(
    signals: Shards, clusters: NDArray[np.int64], twins: NDArray[np.int64]
) -> pd.DataFrame:
    """Name the members of clusters; the ids of other documents are never gathered."""
    is_member = in_company(clusters)
    ids = _read_ids(signals, is_member)
    order = pc.sort_indices(ids).to_numpy()
    ids, rows = ids.take(order), np.flatnonzero(is_member)[order]
    cluster_firsts = _first_of_group(clusters[rows])
    twin_firsts = _first_of_group(twins[rows])
    kinds = np.where(in_company(twins)[rows], "exact", "near")
    by_cluster = np.argsort(cluster_firsts, kind="stable")
    columns = (
        ids.take(by_cluster),
        ids.take(cluster_firsts[by_cluster]),
        pa.array(kinds[by_cluster], pa.string()),
        ids.take(twin_firsts[by_cluster]),
    )
    return pa.table(columns, names=CLUSTER_COLUMNS).to_pandas()


def _read_ids(signals: Shards, wanted: NDArray[np.bool_]) -> pa.Array:
    pieces, first = [pa.array([], pa.string())], 0
    for part in signals.parts:
        for batch in read_batches(signals.path(part), ["document_id"], _IDS_AT_ONCE):
            mask = pa.array(wanted[first : first + batch.num_rows])
            pieces.append(batch["document_id"].filter(mask))
            first += batch.num_rows
    return pa.concat_arrays(pieces)


def _first_of_group(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Find for each member where the first of its group stands."""
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    return first[group]
