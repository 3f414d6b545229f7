"""Feed the kernels any bytes for some minutes of processor time, and keep what counts.

``NUMBA_BOUNDSCHECK=1 python tests/fuzz/run.py --cpu-minutes 30 --seed 1`` (the index
checks are part of a compiled kernel: give them a ``NUMBA_CACHE_DIR`` of their own).

A worker process does the work, so that one that dies or hangs is noticed, and its case
kept. Progress is written as it is made: the same command goes on where it was stopped.
"""

import argparse
import faulthandler
import json
import re
import subprocess
import sys
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from time import process_time

from byte_cases import Case, Cases, hypothesis_cases, read_case, write_case, write_json
from column_properties import COLUMN_PROPERTIES, column_of
from hypothesis import HealthCheck, Phase, given, seed, settings
from kernel_properties import KERNEL_PROPERTIES
from numba.core import config

from taojin.curation.kernels.measure import measure_texts

PROPERTIES = COLUMN_PROPERTIES + KERNEL_PROPERTIES

_SEEDS = Path(__file__).parent / "seeds"
_HYPOTHESIS_CHUNK, _OWN_CHUNK = 100, 300
_SAVE_SECONDS, _SHRINK_SECONDS, _HANG_SECONDS = 20, 5, 400
_MOST_OF_A_KIND, _MOST_CRASHES = 2, 20
_WARM = [b"the a. \n", "金 ab 12".encode(), b"", b"\xff"]


@dataclass
class Progress:
    """What a run has done so far."""

    seed: int
    checks_indices: bool
    cpu_seconds: float = 0.0
    num_cases: int = 0
    num_of_hypothesis: int = 0
    num_bytes: int = 0
    num_starts: int = 0
    slowest_seconds: float = 0.0
    slowest: list[str | list[str | int]] = field(default_factory=list)
    failures: dict[str, int] = field(default_factory=dict)
    cases: dict[str, list[str | list[str | int]]] = field(default_factory=dict)
    """Of failures, shrunk."""


class Worker:
    """Draws cases and runs them until the time is up."""

    def __init__(self, folder: Path, number: int) -> None:
        self._folder = folder
        self._path = folder / f"run_{number}.json"
        self.current = folder / f"current_{number}.json"
        self.corpus = folder / f"corpus_{number}.json"
        self.progress = Progress(number, bool(vars(config)["BOUNDSCHECK"]))
        if self._path.exists():
            self.progress = Progress(**json.loads(self._path.read_text("utf-8")))
        self._reached: set[tuple[str, int]] = set()
        self._saved = self._started = 0.0

    def run(self, cpu_minutes: float) -> None:
        """Run until so much processor time is spent, that of earlier starts included."""
        faulthandler.enable()
        for check in PROPERTIES:  # compiles
            check(_WARM)
        progress = self.progress
        progress.num_starts += 1
        drawn = Cases(progress.seed * 1000 + progress.num_starts)
        if self.corpus.exists():
            written = json.loads(self.corpus.read_text("utf-8"))
            drawn.corpus = [read_case(case) for case in written]
        for case in drawn.corpus:
            self._is_new(case)
        self._started = process_time() - progress.cpu_seconds
        chunk = 0
        while progress.cpu_seconds < 60 * cpu_minutes:
            chunk += 1
            self._run_hypothesis(
                progress.seed * 10**6 + progress.num_starts * 10**5 + chunk
            )
            for _ in range(_OWN_CHUNK):
                case = drawn.draw()
                self.run_case(case)
                if self._is_new(case):
                    drawn.corpus.append(case)
            if process_time() - self._saved > _SAVE_SECONDS:
                self._saved = process_time()
                written = [write_case(case) for case in drawn.corpus]
                write_json(self.corpus, written)
                self.save()
        self.save()
        self.current.unlink()

    def _run_hypothesis(self, number: int) -> None:
        @seed(number)
        @settings(
            max_examples=_HYPOTHESIS_CHUNK,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )
        @given(hypothesis_cases())
        def run(case: Case) -> None:
            self.progress.num_of_hypothesis += 1
            self.run_case(case)

        run()

    def run_case(self, case: Case) -> None:
        """Run all properties on a case; one that fails is shrunk and kept."""
        progress = self.progress
        progress.num_cases += 1
        progress.num_bytes += sum(map(len, case))
        self.current.write_text(json.dumps([text.decode("latin-1") for text in case]))
        faulthandler.dump_traceback_later(_HANG_SECONDS, exit=True)
        before = process_time()
        failed = [
            (check, kind) for check in PROPERTIES if (kind := failure_of(check, case))
        ]
        spent = process_time() - before
        if spent > progress.slowest_seconds:
            progress.slowest_seconds, progress.slowest = spent, write_case(case)
        for check, kind in failed:
            self._keep(kind, check, case)
        faulthandler.cancel_dump_traceback_later()
        progress.cpu_seconds = process_time() - self._started

    def _keep(self, kind, check, case) -> None:
        failures = self.progress.failures
        failures[kind] = failures.get(kind, 0) + 1
        if failures[kind] <= _MOST_OF_A_KIND:
            shrunk = shrink(case, lambda smaller: failure_of(check, smaller) == kind)
            self.progress.cases[f"{kind} {failures[kind]}"] = write_case(shrunk)
            self.save()

    def _is_new(self, case: Case) -> bool:
        """Tell whether some signal is of a size that it has never been of."""
        if sum(map(len, case)) > 3000:
            return False
        reached = reached_by(case)
        is_new = not reached <= self._reached
        self._reached |= reached
        return is_new

    def save(self) -> None:
        """Write what has been done so far."""
        write_json(self._path, asdict(self.progress))


def reached_by(case: Case) -> set[tuple[str, int]]:
    """Of what size which signals of a case are."""
    return {
        (name, int(value * 8) if value < 1 else 8 + int(value).bit_length())
        for name, column in measure_texts(column_of(case)).items()
        for value in column.tolist()
    }


def failure_of(check, case: Case) -> str:
    """Run a property; say how it failed, in words that are the same for the like."""
    try:
        check(case)
    except Exception as error:  # noqa: BLE001 - any at all is a finding
        frame = traceback.extract_tb(error.__traceback__)[-1]
        message = re.sub(r"[\d.]+", "N", str(error).split("\n")[0])[:60]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        return f"{check.__name__} {type(error).__name__} {place} {message}"
    return ""


def shrink(case: Case, fails) -> Case:
    """Leave out what is not needed for a failure, as far as a few seconds go."""
    end = process_time() + _SHRINK_SECONDS
    size = max(1, max(len(case), *map(len, case), 1) // 2)
    while size and process_time() < end:
        smaller = next(
            (each for each in _smaller(case, size, end) if fails(each)), None
        )
        if smaller is None:
            size //= 2
        else:
            case = smaller
    return case


def _smaller(case: Case, size: int, end: float):
    for start in range(0, len(case), size):
        if process_time() < end and len(case) > size:
            yield case[:start] + case[start + size :]
    for number, text in enumerate(case):
        for start in range(0, len(text), size):
            if process_time() < end:
                cut = text[:start] + text[start + size :]
                yield [*case[:number], cut, *case[number + 1 :]]


def main() -> int:
    """Start the worker, and start it anew where it died."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cpu-minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=Random().randrange(1000))  # noqa: S311
    parser.add_argument("--folder", type=Path, default=_SEEDS)
    parser.add_argument("--worker", action="store_true")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    if chosen.worker:
        Worker(chosen.folder, chosen.seed).run(chosen.cpu_minutes)
        return 0
    for crash in range(_MOST_CRASHES):
        code = subprocess.call(
            [sys.executable, *sys.argv, "--worker", "--seed", str(chosen.seed)]
        )
        worker = Worker(chosen.folder, chosen.seed)
        if code == 0:
            sys.stdout.write(json.dumps(asdict(worker.progress), indent=1) + "\n")
            return bool(worker.progress.failures)
        if worker.current.exists():
            case = [t.encode("latin-1") for t in json.loads(worker.current.read_text())]
            kind = f"died {code} {worker.progress.num_starts}-{crash}"
            worker.progress.failures[kind] = 1
            worker.progress.cases[kind] = write_case(case)
        worker.progress.num_starts += 1
        worker.save()
    return 1


if __name__ == "__main__":
    sys.exit(main())
