"""Jobs of ``evaluation.py``; each runs alone and prints one line ``RESULT {...}``.

    python evaluation_jobs.py JOB GENERATED.npy REAL.npy

Kernels are compiled, and libraries imported, before the clock starts. A new job is a
function here: it gets both arrays and returns plain numbers.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from taojin.evaluation.distances.draws import Rows
from taojin.evaluation.distances.frechet import frechet_distance
from taojin.evaluation.distances.frontier import (
    FrontierConfig,
    divergence_frontier,
    histograms,
    smoothed,
)
from taojin.evaluation.distances.kernel_distance import (
    KernelConfig,
    block_kernel_distance,
)
from taojin.evaluation.distances.measure import DistancesConfig, measure_distances
from taojin.evaluation.distances.neighbourhoods import (
    NeighbourhoodConfig,
    neighbourhood_shares,
)
from taojin.evaluation.distances.vendi import vendi_score
from taojin.evaluation.features import FeatureTable

Job = Callable[[Rows, Rows], dict[str, float]]


def kernel_distance(generated: Rows, real: Rows) -> dict[str, float]:
    """Kernel distance of all pairs, with its variance."""
    found = block_kernel_distance(generated, real, KernelConfig())
    return {"value": found.value, "error": found.variance**0.5}


def frechet(generated: Rows, real: Rows) -> dict[str, float]:
    """Fréchet distance."""
    return {"value": frechet_distance(generated, real)}


def neighbours(generated: Rows, real: Rows) -> dict[str, float]:
    """Precision, recall, density and coverage on the features as they are."""
    config = NeighbourhoodConfig(num_dims=None)
    names = ("precision", "recall", "density", "coverage")
    shares = neighbourhood_shares(generated, real, config)
    return dict(zip(names, shares.tolist(), strict=True))


def vendi(generated: Rows, real: Rows) -> dict[str, float]:
    """Vendi score of order 1."""
    del real
    return {"value": vendi_score(generated)}


def frontier(generated: Rows, real: Rows) -> dict[str, float]:
    """Area and integral of the frontier, one quantisation."""
    counts = histograms(generated, real, FrontierConfig(), seed=0)
    found = divergence_frontier(smoothed(counts[0]), smoothed(counts[1]))
    return {"area": found.area, "integral": found.integral}


def distances(generated: Rows, real: Rows) -> dict[str, float]:
    """All distances, with intervals, nulls and power."""
    tables = (FeatureTable(generated, "random"), FeatureTable(real, "random"))
    scores = measure_distances(*tables, None, DistancesConfig())
    return {score.name: score.estimate.value for score in scores}


JOBS: dict[str, Job] = {
    job.__name__: job
    for job in (kernel_distance, frechet, neighbours, vendi, frontier, distances)
}


def main() -> None:
    """Run the job and print what it took."""
    torch.set_num_threads(1)
    job = JOBS[sys.argv[1]]
    generated, real = (np.load(path) for path in sys.argv[2:4])
    neighbours(generated[:50], real[:50])  # compiles
    started = time.process_time()
    values = job(generated, real)
    result: dict[str, Any] = {"cpu_seconds": time.process_time() - started, **values}
    print("RESULT " + json.dumps(result))


if __name__ == "__main__":
    main()
