"""Apply an operator to a sharded table, part by part, and never twice."""

import json
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa

from taojin.core.errors import CountMismatchError, TaojinError
from taojin.core.files import write_text
from taojin.core.fingerprints import fingerprint_of, hash_file
from taojin.core.row_groups import RowReader
from taojin.core.shards import PART_BYTES, Part, Shards, read_part, write_part
from taojin.engines.config import EngineConfig
from taojin.engines.tasks import run_tasks

Operator = Callable[..., tuple[pa.Table, dict[str, int]]]
"""``(table, ...) -> (table, counts)`` on one part; pure, picklable."""

BATCH_BYTES = 2 * PART_BYTES
"""What is read of a part at a time, at most: parts that we wrote are read whole."""


@dataclass(frozen=True)
class RowWise:
    """An operator that treats each row by itself: no part is too large for it.

    A part larger than ``batch_bytes`` is given to it some rows at a time, about this
    many bytes of the first input and the same rows of the others. The result does not
    depend on where it is cut.
    """

    operator: Operator
    batch_bytes: int = BATCH_BYTES


def map_partitions(
    operator: Operator | RowWise,
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
        operator: Gets one table an input, returns a table and its counts. A part is
            given whole, unless the operator is :class:`RowWise`.
        inputs: Sharded tables with the same number of parts; the i-th parts are
            given together.
        output: Folder for the result. If it holds finished parts that were made
            with the same fingerprint from the same input parts, they are reused.
        engine: Where to run.
        fingerprint: Identity of the operator and its configuration.
        label: Name of the progress bar.
        columns: Columns to read of each input; null reads all.

    Raises:
        CountMismatchError: If the inputs have different numbers of parts; or of rows,
            where the operator is :class:`RowWise`.
        TaojinError: What the operator raised, with the part named.
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


def _process_part(operator: Operator | RowWise, task: _PartTask) -> Part:
    record = task.output.with_suffix(".json")
    done = _finished_part(record, task)
    if done is not None:
        return done
    counts: dict[str, int] = {}
    part = write_part(_outputs(operator, task, counts), task.output, counts)
    write_text(record, json.dumps({"key": task.key, "part": asdict(part)}))
    return part


def _outputs(
    operator: Operator | RowWise, task: _PartTask, counts: dict[str, int]
) -> Iterator[pa.Table]:
    """Yield what the operator makes of a part, and add up what it counts."""
    is_row_wise = isinstance(operator, RowWise)
    function = operator.operator if is_row_wise else operator
    for tables in _inputs(task, operator.batch_bytes if is_row_wise else None):
        with _naming(task.inputs[0]):
            table, found = function(*tables)
        for name, count in found.items():
            counts[name] = counts.get(name, 0) + count
        yield table


@contextmanager
def _naming(part: Path) -> Generator[None, None, None]:
    """Name the part in what the operator raises."""
    try:
        yield
    except TaojinError as error:
        message = f"{part}: {error}"
        raise type(error)(message) from error
    except Exception as error:
        error.add_note(f"while working on {part}")
        raise


def _inputs(task: _PartTask, batch_bytes: int | None) -> Iterator[tuple[pa.Table, ...]]:
    pairs = list(zip(task.inputs, task.columns, strict=True))
    if batch_bytes is None:
        yield tuple(read_part(path, names) for path, names in pairs)
        return
    with ExitStack() as stack:
        readers = [stack.enter_context(RowReader(path, names)) for path, names in pairs]
        if len({reader.num_rows for reader in readers}) > 1:
            sizes = [reader.num_rows for reader in readers]
            message = f"{task.inputs[0]} and its fellows have {sizes} rows"
            raise CountMismatchError(f"{message}, they must have equally many")
        leader, *others = readers
        for table in leader.batches(batch_bytes):
            yield table, *(other.take(table.num_rows) for other in others)


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
