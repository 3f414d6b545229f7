"""Speed of training beside its peers: same text, same machine, same run.

    python benchmarks/training.py --text shakespeare.txt \
        [--nanogpt DIR] [--transformers PYTHON] [--seeds 3] [--long]

What the CPU settings of nanoGPT's README reach on the characters of tiny Shakespeare,
a loss of 1.898 nats on the whole validation part, is to be reached sooner. Counted are
the CPU seconds of one thread, without imports and without evaluations, for everybody.
``--nanogpt`` is a checkout, ``--transformers`` a Python that has Transformers and
Accelerate; a peer that is not named is left out. ``--long`` adds the loss that ours has
after as many seconds as nanoGPT takes. Prints a table and writes
``data/08_reporting/benchmarks/training.json``.
"""

import argparse
import json
import platform
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from processes import run_job

from taojin.core.files import write_text

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent
OURS = HERE / "training_jobs.py"
NANOGPT = HERE / "peers/nanogpt_training.py"
TRAINER = HERE / "peers/trainer_training.py"
TARGET = 1.898
"""Nats a character."""
_AIMS = {
    ("plain", "nanogpt"): 6.0,
    ("ngrams", "nanogpt"): 20.0,
    ("plain", "trainer"): 5.0,
    ("equal", "trainer"): 1.2,
    ("equal_compiled", "trainer"): 1.2,
    ("equal_bf16", "trainer"): 1.2,
    ("wide_bf16", "wide_fp32"): 1.6,
}


@dataclass
class Bench:
    """Runs jobs in processes of their own, and remembers what they gave."""

    text: Path
    nanogpt: Path | None
    transformers: str | None
    num_seeds: int
    results: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def ours(self, job: str, num_seeds: int | None = None) -> list[dict[str, Any]]:
        """Run a job of ours with every seed."""
        return self._run(job, [sys.executable, OURS, job], num_seeds)

    def peer(self, name: str) -> list[dict[str, Any]] | None:
        """Run a peer with every seed; None if it is not there."""
        if name == "nanogpt":
            if self.nanogpt is None:
                return None
            return self._run(name, [sys.executable, NANOGPT, self.nanogpt])
        if self.transformers is None:
            return None
        return self._run(f"trainer_{name}", [self.transformers, TRAINER, name])

    def _run(
        self, key: str, command: list[Any], num_seeds: int | None = None
    ) -> list[dict[str, Any]]:
        if key not in self.results:
            self.results[key] = [
                run_job([*command, self.text, seed])
                for seed in range(num_seeds or self.num_seeds)
            ]
            print(_line(key, self.results[key]), flush=True)
        return self.results[key]


def _line(key: str, results: list[dict[str, Any]]) -> str:
    seconds = " ".join(f"{result['cpu_seconds']:.2f}" for result in results)
    losses = " ".join(f"{result['validation_loss']:.4f}" for result in results)
    return f"  {key:16} CPU s {seconds}   loss {losses}"


def _row(what: str, ratio: float, key: tuple[str, str], seeds: int) -> dict[str, Any]:
    aim = _AIMS[key]
    return {"what": what, "ratio": ratio, "aim": aim, "seeds": seeds}


def _median(results: list[dict[str, Any]], of: str = "cpu_seconds") -> float:
    return statistics.median(result[of] for result in results)


def _speed(results: list[dict[str, Any]]) -> float:
    return statistics.median(result["tokens_per_cpu_second"] for result in results)


def compare(bench: Bench) -> list[dict[str, Any]]:
    """Run every comparison whose peer is there."""
    rows = []
    plain, tables = bench.ours("plain"), bench.ours("ngrams")
    seeds = bench.num_seeds
    if nanogpt := bench.peer("nanogpt"):
        for job, ours in (("plain", plain), ("ngrams", tables)):
            ratio = _median(nanogpt) / _median(ours)
            what = f"{job}: sooner than nanoGPT"
            rows.append(_row(what, ratio, (job, "nanogpt"), seeds))
    if trainer := bench.peer("gpt2"):
        ratio = _median(trainer) / _median(plain)
        what = "plain: sooner than the Trainer (GPT-2)"
        rows.append(_row(what, ratio, ("plain", "trainer"), seeds))
    reduces = torch.cpu._is_avx512_bf16_supported()  # noqa: SLF001  no public name
    pairs = [("equal", "equal"), ("equal_compiled", "equal")]
    for job, peer in [*pairs, ("equal_bf16", "equal_bf16")] if reduces else pairs:
        if theirs := bench.peer(peer):
            ratio = _speed(bench.ours(job)) / _speed(theirs)
            what = f"{job}: speed beside the Trainer, AdamW"
            rows.append(_row(what, ratio, (job, "trainer"), seeds))
    if reduces:
        ratio = _speed(bench.ours("wide_bf16")) / _speed(bench.ours("wide_fp32"))
        what = "bf16 over fp32 at width 384"
        rows.append(_row(what, ratio, ("wide_bf16", "wide_fp32"), seeds))
    return rows


def report(bench: Bench, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Print the table; return it with what stands beside it."""
    print(f"\n{'':48}{'ratio':>7}{'aim':>6}{'seeds':>7}")
    for row in rows:
        print(f"{row['what']:48}{row['ratio']:>7.2f}{row['aim']:>6}{row['seeds']:>7}")
    for job in ("plain", "ngrams"):
        losses = [result["validation_loss"] for result in bench.results[job]]
        reached = sum(loss <= TARGET for loss in losses)
        print(f"{job}: {reached} of {len(losses)} seeds at {TARGET} or less")
    differences = [result["export_difference"] for result in bench.results["plain"]]
    if None not in differences:
        print(f"plain: logits in Transformers differ by at most {max(differences):.1e}")
    machine = {"machine": platform.machine(), "python": platform.python_version()}
    versions = {"torch": torch.__version__, "target": TARGET}
    return {**machine, **versions, "rows": rows, "jobs": bench.results}


def main() -> None:
    """Run everything that there is a peer for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", type=Path, required=True)
    parser.add_argument("--nanogpt", type=Path, help="a checkout of nanoGPT")
    parser.add_argument("--transformers", help="a Python that has Transformers")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--long", action="store_true")
    arguments = parser.parse_args()
    bench = Bench(
        arguments.text.resolve(),
        arguments.nanogpt.resolve() if arguments.nanogpt else None,
        arguments.transformers,
        arguments.seeds,
    )
    rows = compare(bench)
    if arguments.long:
        bench.ours("long", num_seeds=1)
    figures = report(bench, rows)
    path = ROOT / "data/08_reporting/benchmarks/training.json"
    write_text(path, json.dumps(figures, indent=1))
    print(f"written to {path}")


if __name__ == "__main__":
    main()
