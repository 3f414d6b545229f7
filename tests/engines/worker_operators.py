"""What the tests run in workers, which import it by name."""

import os
import signal
import time
from pathlib import Path

import pyarrow as pa

from taojin.core.errors import DataError


def double(table: pa.Table) -> tuple[pa.Table, dict[str, int]]:
    numbers = [2 * n for n in table.column("n").to_pylist()]
    return pa.table({"n": numbers}), {"num_doubled": len(numbers)}


def double_but_die_once(folder, table):
    """Kill the worker for good at the first sight of an odd number."""
    first = table.column("n")[0].as_py()
    mark = Path(folder) / f"died-at-{first}"
    if first % 2 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return double(table)


def refuse_three(folder, table):
    with (Path(folder) / "calls").open("a") as stream:
        stream.write(f"{table.column('n')[0]}\n")
    if 3 in table.column("n").to_pylist():
        message = "three is not allowed"
        raise DataError(message)
    return double(table)


def break_down(table):
    message = f"a defect at {table.num_rows} rows"
    raise ZeroDivisionError(message)


def die_at_one(number):
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def place_and_threads(number):
    time.sleep(0.05)
    return number, os.getpid(), pa.cpu_count()


def overlap(folder, number):
    """Return how many calls were at work when this one began."""
    mark = Path(folder) / str(number)
    mark.touch()
    found = len(list(Path(folder).iterdir()))
    time.sleep(0.1)
    mark.unlink()
    return found
