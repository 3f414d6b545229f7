"""Folders of arrays with a table of their items: written whole, read verified."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from taojin.core.errors import CorruptArtifactError, CountMismatchError, EmptyStageError
from taojin.core.fingerprints import hash_file
from taojin.core.shards import Shards
from taojin.features.splits import SPLITS

MANIFEST = "manifest.json"
ITEMS = "items.parquet"
FORMAT_VERSION = 1

NO_TARGET = -1
"""Target of an item without a label."""

REMEDY = "delete the folder and run the features stage again"


def items_in_order(
    records: Shards, splits: pd.DataFrame, id_column: str, columns: Sequence[str]
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Read what is known of curated records, and where each will lie.

    Args:
        records: Curated records.
        splits: The id and ``split`` of exactly these records.
        id_column: Name of the id.
        columns: What to read besides.

    Returns:
        The items in the order of their splits, and of one split in that of the
        records, with a column ``split``; and the place of each record among them.

    Raises:
        CountMismatchError: If the splits are not of exactly these records.
        EmptyStageError: If there is no record.
    """
    items = records.read([id_column, *columns]).to_pandas()
    if items.empty:
        message = "there is nothing to make tensors of; see the curation report"
        raise EmptyStageError(message)
    assignment = dict(zip(splits[id_column], splits["split"], strict=True))
    missing = set(items[id_column]) - assignment.keys()
    foreign = assignment.keys() - set(items[id_column])
    if missing or foreign:
        message = (
            f"the splits lack {len(missing)} of the {len(items)} items and name "
            f"{len(foreign)} others; make the splits from these items again"
        )
        raise CountMismatchError(message)
    items["split"] = items[id_column].map(assignment)
    numbers = [SPLITS.index(name) for name in items["split"]]
    order = np.argsort(numbers, kind="stable")
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order))
    return items.iloc[order].reset_index(drop=True), places


def numbered(items: pd.DataFrame, column: str) -> tuple[list[str], list[int]]:
    """Sort the names in a column and number them: the names, and each row's number."""
    names = [name if isinstance(name, str) else None for name in items[column]]
    known = sorted({name for name in names if name is not None})
    numbers = {name: number for number, name in enumerate(known)}
    return known, [NO_TARGET if name is None else numbers[name] for name in names]


def texts_of(items: pd.DataFrame, column: str) -> tuple[str, ...] | None:
    """A column of texts, empty where there is none; None if there is none at all."""
    found = items[column]
    if not found.notna().to_numpy().any():
        return None
    return tuple(cast("list[str]", found.fillna("").to_list()))


def write_tensor_manifest(
    root: Path, content: Mapping[str, Any], files: Sequence[str]
) -> None:
    """Finish a folder: write what it holds, and the hash of each file."""
    whole = {
        "format_version": FORMAT_VERSION,
        **content,
        "files": {name: hash_file(root / name) for name in files},
    }
    text = json.dumps(whole, indent=2, ensure_ascii=False) + "\n"
    (root / MANIFEST).write_text(text, encoding="utf-8")


def verified_tensor_manifest(root: Path) -> dict[str, Any]:
    """Read back what :func:`write_tensor_manifest` wrote; every file is verified.

    Raises:
        CorruptArtifactError: If a file is missing, was altered, or was written by
            another version.
    """
    try:
        content = json.loads((root / MANIFEST).read_text(encoding="utf-8"))
        version = content["format_version"]
        altered = [
            name
            for name, wanted in content["files"].items()
            if hash_file(root / name) != wanted
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{root} has no readable {MANIFEST}: {error}; {REMEDY}"
        raise CorruptArtifactError(message) from error
    if version != FORMAT_VERSION:
        message = (
            f"{root} is in format {version!r}, this version reads {FORMAT_VERSION}; "
            f"{REMEDY}"
        )
        raise CorruptArtifactError(message)
    if altered:
        message = f"{root}: {', '.join(altered)} changed since written; {REMEDY}"
        raise CorruptArtifactError(message)
    return content
