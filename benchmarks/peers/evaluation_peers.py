"""Distances of other libraries on given features; runs in an environment of its own.

    python evaluation_peers.py JOB GENERATED.npy REAL.npy

The jobs are ``kernel_distance`` and ``frechet`` of torch-fidelity 0.4, ``neighbours``
of prdc 0.2, ``vendi`` of vendi-score 0.0.3 and ``frontier`` of mauve-text 0.4; each
with its library's own defaults. Prints one line: CPU seconds of the work, imports and
reading left out, and the values.
"""

import contextlib
import io
import json
import resource
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

Job = Callable[[np.ndarray, np.ndarray], dict[str, float]]


def kernel_distance() -> Job:
    """Kernel distance over 100 random subsets of 1,000 items, or all if fewer."""
    _stand_in_for_torchvision()
    from torch_fidelity.metric_kid import kid_features_to_metric

    def run(generated: np.ndarray, real: np.ndarray) -> dict[str, float]:
        size = min(1000, len(generated), len(real))
        sides = (torch.from_numpy(generated), torch.from_numpy(real))
        found = kid_features_to_metric(*sides, kid_subset_size=size, verbose=False)
        return {"value": found["kernel_inception_distance_mean"]}

    return run


def frechet() -> Job:
    """Fréchet distance."""
    _stand_in_for_torchvision()
    from torch_fidelity import metric_fid

    def run(generated: np.ndarray, real: np.ndarray) -> dict[str, float]:
        sides = [
            metric_fid.fid_features_to_statistics(torch.from_numpy(rows))
            for rows in (generated, real)
        ]
        found = metric_fid.fid_statistics_to_metric(*sides, verbose=False)
        return {"value": found["frechet_inception_distance"]}

    return run


def neighbours() -> Job:
    """Precision, recall, density and coverage with 5 neighbours."""
    from prdc import compute_prdc

    def run(generated: np.ndarray, real: np.ndarray) -> dict[str, float]:
        with contextlib.redirect_stdout(io.StringIO()):
            found = compute_prdc(real, generated, nearest_k=5)
        return {name: float(value) for name, value in found.items()}

    return run


def vendi() -> Job:
    """Vendi score of order 1."""
    from vendi_score import vendi as library

    def run(generated: np.ndarray, real: np.ndarray) -> dict[str, float]:
        del real
        return {"value": float(library.score_dual(generated))}

    return run


def frontier() -> Job:
    """MAUVE and frontier integral, smoothed."""
    import mauve

    def run(generated: np.ndarray, real: np.ndarray) -> dict[str, float]:
        found = mauve.compute_mauve(
            p_features=generated, q_features=real, num_buckets=len(real) // 20
        )
        return {
            "area": float(found.mauve_star),
            "integral": float(found.frontier_integral_star),
        }

    return run


def main() -> None:
    """Run the job and print what it took."""
    jobs: dict[str, Callable[[], Job]] = {
        job.__name__: job
        for job in (kernel_distance, frechet, neighbours, vendi, frontier)
    }
    job = jobs[sys.argv[1]]()
    generated, real = (np.load(path) for path in sys.argv[2:4])
    torch.set_num_threads(1)
    started = _cpu_seconds()
    values = job(generated, real)
    result: dict[str, Any] = {"cpu_seconds": _cpu_seconds() - started, **values}
    print("RESULT " + json.dumps(result))


def _stand_in_for_torchvision() -> None:
    """Declare what torchvision's wheel lacks where torch is the one without CUDA.

    Its operators are in a library that needs CUDA's; nothing here calls them.
    """
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        with contextlib.suppress(RuntimeError):
            library.define(
                f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
            )
    _KEPT.append(library)


_KEPT: list[Any] = []
"""A library's definitions go when it does."""


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main()
