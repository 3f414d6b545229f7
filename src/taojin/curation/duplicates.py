"""Find copies among all documents, from their hashes alone."""

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.shards import Shards
from taojin.curation.config import DuplicatesConfig

Edges = NDArray[np.int64]
"""Pairs of documents that are copies, shape (number, 2), by row number."""

CLUSTER_COLUMNS = ("document_id", "cluster_id", "kind", "twin_id")


def find_duplicates(signals: Shards, config: DuplicatesConfig) -> pd.DataFrame:
    """Find clusters of copies.

    Two documents are exact copies if their texts agree but for case and white space,
    near copies if they share a MinHash band. Clusters are the connected components,
    so its furthest members may be less alike than any two that were linked.

    Args:
        signals: Measured documents.
        config: What counts as a copy.

    Returns:
        One row for each document that has a copy, by ``cluster_id``, then
        ``document_id``; the order of ``signals`` does not matter.

        * ``cluster_id``: the lowest ``document_id`` of the cluster;
        * ``kind``: ``exact`` if the document has an exact copy, else ``near``;
        * ``twin_id``: the lowest ``document_id`` of its exact copies and itself.
    """
    columns = ["document_id", "exact_hash", "num_shingles", "band_hashes"]
    table = signals.read(columns).sort_by("document_id")
    num_documents = table.num_rows
    exact = _exact_edges(table) if config.exact else _no_edges()
    near = _near_edges(table, config.min_shingles) if config.near else _no_edges()
    twins = _components(num_documents, exact)
    clusters = _components(num_documents, np.concatenate([exact, near]))
    sizes = np.bincount(clusters, minlength=num_documents)
    members = np.flatnonzero(sizes[clusters] > 1)
    has_twin = np.bincount(twins, minlength=num_documents)[twins] > 1
    ids = table["document_id"].to_numpy()
    found = pd.DataFrame(
        {
            "document_id": ids[members],
            "cluster_id": ids[clusters[members]],
            "kind": np.where(has_twin[members], "exact", "near"),
            "twin_id": ids[twins[members]],
        },
        columns=CLUSTER_COLUMNS,
        dtype="str",
    )
    return found.sort_values(["cluster_id", "document_id"], ignore_index=True)


def _no_edges() -> Edges:
    return np.zeros((0, 2), dtype=np.int64)


def _exact_edges(table: pa.Table) -> Edges:
    codes = table["exact_hash"].combine_chunks().dictionary_encode().indices
    rows = np.arange(table.num_rows)
    return _link_equal(codes.to_numpy(zero_copy_only=False).astype(np.uint64), rows)


def _near_edges(table: pa.Table, min_shingles: int) -> Edges:
    bands = table["band_hashes"].combine_chunks()
    hashes = bands.flatten().to_numpy().reshape(table.num_rows, bands.type.list_size)
    rows = np.flatnonzero(table["num_shingles"].to_numpy() >= min_shingles)
    edges = [_link_equal(hashes[rows, band], rows) for band in range(hashes.shape[1])]
    return np.concatenate([_no_edges(), *edges])


def _link_equal(keys: NDArray[np.uint64], rows: NDArray[np.int64]) -> Edges:
    """Link each row to the next one with the same key."""
    order = np.argsort(keys, kind="stable")
    same = keys[order][1:] == keys[order][:-1]
    return np.stack([rows[order[:-1][same]], rows[order[1:][same]]], axis=1)


def _components(num_nodes: int, edges: Edges) -> NDArray[np.int64]:
    """Number each node by the lowest node that it is connected to.

    Union-find over all edges at once: lower labels are hooked on, then every path
    is halved until nothing changes.
    """
    labels = np.arange(num_nodes)
    while len(edges):
        left, right = labels[edges[:, 0]], labels[edges[:, 1]]
        low, high = np.minimum(left, right), np.maximum(left, right)
        np.minimum.at(labels, high, low)
        while not np.array_equal(shorter := labels[labels], labels):
            labels = shorter
        edges = edges[labels[edges[:, 0]] != labels[edges[:, 1]]]
    return labels
