"""Speed of the evaluation beside its peers: same features, same machine, same run.

    python benchmarks/evaluation.py [--peers PYTHON] [--repeat 3] [--only JOB ...]

``--peers`` is a Python that has torch-fidelity, prdc, vendi-score and mauve-text.
Counted are the CPU seconds of one thread, without imports; the fastest of the repeats
of each. Kernel distance and neighbourhoods are to take half the peers' time at most,
all distances with their intervals 60 seconds for 2,000 items. The job ``texts`` is the
whole evaluation of 2,000 texts beside the artifacts of the main job in ``data/``: 120
seconds by the clock at most, on 2 cores. Prints a table and writes
``data/08_reporting/benchmarks/evaluation.json``.
"""

import argparse
import json
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from processes import ALONE, run_job

from taojin.core.files import write_text
from taojin.core.randomness import generator

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent
OURS = HERE / "evaluation_jobs.py"
PEERS = HERE / "peers/evaluation_peers.py"
SIZES = ((2000, 64), (5000, 64), (5000, 256))
AIMS = {"kernel_distance": 2.0, "neighbours": 2.0}
"""How many times faster than the peer."""
JOBS = ("kernel_distance", "neighbours", "frechet", "vendi", "frontier", "distances")
MAX_SECONDS = {"distances": 60.0}
"""At the smallest size."""
TEXTS = "texts"
NUM_TEXTS = 2000
MAX_WALL_SECONDS = 120.0
TWO_CORES = {**ALONE, "OMP_NUM_THREADS": "2", "NUMBA_NUM_THREADS": "2"}


def write_features(folder: Path, num_items: int, num_dims: int) -> list[Path]:
    """Write features of two sets that differ a little, as both sides read them."""
    random = generator(0, "features", num_items, num_dims)
    mix = random.standard_normal((num_dims, num_dims)) / num_dims**0.5
    paths = []
    for name, scale in (("generated", 0.9), ("real", 1.0)):
        rows = random.standard_normal((num_items, num_dims)) @ mix * scale
        rows += random.integers(0, 3, (num_items, 1))
        paths.append(folder / f"{name}_{num_items}_{num_dims}.npy")
        np.save(paths[-1], rows)
    return paths


def fastest(command: list[Any], repeat: int) -> dict[str, Any]:
    """Run a job several times."""
    results = [run_job(command) for _ in range(repeat)]
    return min(results, key=lambda result: result["cpu_seconds"])


def compare(
    job: str, paths: list[Path], peers: str | None, repeat: int
) -> dict[str, Any]:
    """Run a job of ours and, if it is there, the peer's."""
    row: dict[str, Any] = {"job": job, "features": paths[0].stem}
    row["ours"] = fastest([sys.executable, OURS, job, *paths], repeat)
    if peers and job != "distances":
        row["peer"] = fastest([peers, PEERS, job, *paths], repeat)
        row["ratio"] = row["peer"]["cpu_seconds"] / row["ours"]["cpu_seconds"]
        row["aim"] = AIMS.get(job)
    return row


def line(row: dict[str, Any]) -> str:
    """A row of the table."""
    text = f"{row['job']:16}{row['features']:22}{row['ours']['cpu_seconds']:9.3f} s"
    if "peer" in row:
        aim = f"  (aim {row['aim']:g})" if row["aim"] else ""
        text += f"{row['peer']['cpu_seconds']:9.3f} s{row['ratio']:8.1f} x{aim}"
    return text


def evaluate_texts(repeat: int) -> dict[str, Any] | None:
    """Run the evaluation of texts several times; none without the main job's data."""
    data = ROOT / "data"
    if not (data / "06_models/pretrained_model").is_dir():
        print(f"{TEXTS}: {data} holds no main job; kedro run makes it")
        return None
    command = [sys.executable, HERE / "evaluation_texts.py", data, NUM_TEXTS]
    results = [run_job(command, TWO_CORES) for _ in range(repeat)]
    found = min(results, key=lambda result: result["wall_seconds"])
    print(
        f"{TEXTS:16}{found['num_texts']} texts, {found['num_real']} real"
        f"{found['wall_seconds']:13.1f} s by the clock, {found['cpu_seconds']:.1f} s of "
        f"CPU (aim {MAX_WALL_SECONDS:g} s)",
        flush=True,
    )
    return {"job": TEXTS, "ours": found, "max_wall_seconds": MAX_WALL_SECONDS}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=(*JOBS, TEXTS))
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    if TEXTS in (arguments.only or (TEXTS,)):
        texts = evaluate_texts(arguments.repeat)
        rows += [texts] if texts else []
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            paths = write_features(Path(folder), *size)
            for job in arguments.only or JOBS:
                if job == TEXTS or (job in MAX_SECONDS and size != SIZES[0]):
                    continue
                row = compare(job, paths, arguments.peers, arguments.repeat)
                rows.append(row)
                print(line(row), flush=True)
    figures = {
        "machine": platform.machine(),
        "arguments": vars(arguments),
        "max_seconds": MAX_SECONDS,
        "rows": rows,
    }
    path = ROOT / "data/08_reporting/benchmarks/evaluation.json"
    write_text(path, json.dumps(figures, indent=1))
    print(f"written to {path}")


if __name__ == "__main__":
    main()
