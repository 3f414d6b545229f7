"""Find images and recordings that are copies of others."""

import numpy as np
import pandas as pd

from taojin.core.shards import Shards
from taojin.curation.duplicates.components import in_company
from taojin.curation.media.config import CopiesConfig
from taojin.curation.media.near_copies import connect_near


def find_media_copies(
    signals: Shards, config: CopiesConfig, id_column: str
) -> pd.DataFrame:
    """Find exact copies by content, and near copies of images by look.

    Ids and hashes of all items are held in memory, and 768 bytes of each image.

    Args:
        signals: Measured items.
        config: What counts as a copy.
        id_column: ``image_id`` or ``clip_id``.

    Returns:
        Items that have copies, one row each: the id; ``cluster_id``, the same for all
        copies of each other, and ``twin_id``, the same for exact copies: the id of the
        first of them.
    """
    table = signals.read([id_column, "content_hash"])
    ids = table[id_column].to_numpy().astype(object)
    rows = np.arange(len(ids))
    twins = rows.copy()
    if config.exact and len(ids):
        _, first, place = np.unique(
            table["content_hash"].to_numpy().astype(str),
            return_index=True,
            return_inverse=True,
        )
        twins = first[place]
    clusters = twins.copy()
    if config.near and len(ids):
        clusters = _near(signals, twins, config)
    chosen = in_company(clusters)
    return pd.DataFrame(
        {
            id_column: ids[chosen],
            "cluster_id": ids[clusters[chosen]],
            "twin_id": ids[twins[chosen]],
        },
        dtype="str",
    )


def _near(signals: Shards, twins: np.ndarray, config: CopiesConfig) -> np.ndarray:
    """Join the first of exact copies with those that look alike."""
    table = signals.read(["perceptual_hash", "thumbnail"])
    chosen = np.flatnonzero(twins == np.arange(len(twins)))
    taken = table.take(chosen)
    size = taken.schema.field("thumbnail").type.byte_width
    content = taken["thumbnail"].combine_chunks()
    thumbnails = np.frombuffer(
        content.buffers()[1], np.uint8, len(content) * size, content.offset * size
    ).reshape(-1, size)
    hashes = taken["perceptual_hash"].to_numpy().astype(np.uint64)
    found = connect_near(hashes, thumbnails, config.radius, config.max_distance)
    joined = np.arange(len(twins))
    joined[chosen] = chosen[found]
    return joined[twins]
