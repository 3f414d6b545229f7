"""Parts that units of reading leave: put together, and cleared of an earlier try's."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from taojin.core.shards import Part, Shards, part_name, write_part


def finish_parts(folder: Path, parts: list[Part], schema: pa.Schema) -> Shards:
    """Record the parts; a table without rows still has one part, and its columns."""
    if not parts:
        parts = [write_part(schema.empty_table(), folder / part_name(0))]
    shards = Shards(folder, tuple(parts))
    shards.write_manifest()
    return shards


def remove_stale(
    output: Path,
    parts: Mapping[str, Sequence[Part]],
    units: str,
    indices: Sequence[int],
) -> None:
    """Remove parts of an earlier try that this one did not make or keep.

    Args:
        output: Folder of all.
        parts: What there is to be, by subfolder.
        units: Subfolder of the records of units.
        indices: Numbers of the units there are.
    """
    current = {folder: {part.name for part in kept} for folder, kept in parts.items()}
    current[units] = {f"unit-{index:05d}.json" for index in indices}
    for folder, names in current.items():
        for path in (output / folder).glob("*-[0-9]*"):
            if path.name not in names:
                path.unlink()
