"""Apply an operator to a sharded table, part by part, and never twice."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa

from taojin.core.errors import CountMismatchError
from taojin.core.files import write_text
from taojin.core.fingerprints import fingerprint_of, hash_file
from taojin.core.shards import Part, Shards, read_part, write_part
from taojin.engines.config import EngineConfig
from taojin.engines.tasks import run_tasks

Operator = Callable[..., tuple[pa.Table, dict[str, int]]]
"""``(table, ...) -> (table, counts)`` on one part; pure, picklable."""


def map_partitions(
    operator: Operator,
    inputs: Sequence[Shards],
    output: Path,
    *,
    engine: EngineConfig,
    fingerprint: str,
    label: str,
    columns: Sequence[Sequence[str] | None] | None = None,
) -> Shards:
    """Apply an operator to each part; finished parts of an earlier try are kept.

    Args:
        operator: Gets one table an input, returns a table and its counts.
        inputs: Sharded tables with the same number of parts; the i-th parts are
            given together.
        output: Folder for the result. If it holds finished parts that were made
            with the same fingerprint from the same input parts, they are reused.
        engine: Where to run.
        fingerprint: Identity of the operator and its configuration.
        label: Name of the progress bar.
        columns: Columns to read of each input; null reads all.

    Raises:
        CountMismatchError: If the inputs have different numbers of parts.
    """
    if len({len(shards.parts) for shards in inputs}) > 1:
        sizes = [len(shards.parts) for shards in inputs]
        message = f"{label}: the inputs have {sizes} parts, they must have equally many"
        raise CountMismatchError(message)
    wanted = columns or [None] * len(inputs)
    tasks = [
        _PartTask(
            inputs=tuple(shards.path(shards.parts[index]) for shards in inputs),
            columns=tuple(wanted),
            output=output / part.name,
            key=fingerprint_of(
                fingerprint, [shards.parts[index].content_hash for shards in inputs]
            ),
        )
        for index, part in enumerate(inputs[0].parts)
    ]
    work = partial(_process_part, operator)
    shards = Shards(output, tuple(run_tasks(work, tasks, engine, label)))
    shards.write_manifest()
    return shards


@dataclass(frozen=True)
class _PartTask:
    inputs: tuple[Path, ...]
    columns: tuple[Sequence[str] | None, ...]
    output: Path
    key: str


def _process_part(operator: Operator, task: _PartTask) -> Part:
    record = task.output.with_suffix(".json")
    done = _finished_part(record, task)
    if done is not None:
        return done
    pairs = zip(task.inputs, task.columns, strict=True)
    table, counts = operator(*(read_part(path, names) for path, names in pairs))
    part = write_part(table, task.output, counts)
    write_text(record, json.dumps({"key": task.key, "part": asdict(part)}))
    return part


def _finished_part(record: Path, task: _PartTask) -> Part | None:
    """Return the part if it was finished under the same key and is still whole."""
    try:
        content = json.loads(record.read_text(encoding="utf-8"))
        part = Part(**content["part"])
        whole = content["key"] == task.key and (
            hash_file(task.output) == part.content_hash
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return part if whole else None
