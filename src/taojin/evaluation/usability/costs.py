"""What it costs to make an item: time and memory."""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from scipy.stats import binom

from taojin.core.config import StageConfig
from taojin.core.estimates import Estimate
from taojin.evaluation.scores import Score, require_items

_CLEAR = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")
_RESET_PEAK = "5"
"""What makes the kernel forget the peak of a process's memory (proc(5))."""
_MIN_CALLS = 2


class CostConfig(StageConfig):
    """How costs are measured."""

    batch_size: int = Field(default=1, ge=1)
    """Items a call. One gives the latency that a user waits for."""
    num_warm_up: int = Field(default=2, ge=0)
    """Calls before the clock runs: first calls compile, allocate and read."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1.0)


def measure_cost(
    run: Callable[[Sequence[Any]], object],
    items: Sequence[Any],
    config: CostConfig,
    clock: Callable[[], float] = time.perf_counter,
) -> list[Score]:
    """Measure how long an item takes, and how much memory the work needs.

    Memory is the peak of the whole process (resident set), as the kernel counts it:
    Python's own tracing sees no tensor, and a child process would need the model a
    second time. On Linux the peak is reset before the work, so that what was read
    before does not count; elsewhere it is that of the process's life, an upper bound.
    On CUDA the peak of the device's allocator comes too.

    Args:
        run: Does the work for some items; called a batch at a time.
        items: What to work on.
        config: Batches, warm-up, coverage.
        clock: Gives seconds.

    Returns:
        ``seconds_per_item_median`` and ``seconds_per_item_p95`` over calls, with
        intervals free of any distribution (order statistics); ``peak_memory_bytes``,
        and ``peak_memory_growth_bytes`` above what was held before (on Linux);
        ``peak_device_memory_bytes`` on CUDA. Peaks are single measurements.

    Raises:
        DataError: If there are items for fewer than two calls.
    """
    batches = [
        items[start : start + config.batch_size]
        for start in range(0, len(items), config.batch_size)
    ]
    require_items("seconds_per_item", len(batches), _MIN_CALLS, "measured batches of")
    for number in range(config.num_warm_up):
        run(batches[number % len(batches)])
    held = _reset_peak()
    seconds = []
    for batch in batches:
        start = clock()
        run(batch)
        _wait_for_device()
        seconds.append((clock() - start) / len(batch))
    times = np.sort(np.asarray(seconds))
    scores = {
        "seconds_per_item_median": _quantile(times, 0.5, config.confidence),
        "seconds_per_item_p95": _quantile(times, 0.95, config.confidence),
        **{
            name: Estimate(value=size, low=size, high=size, num_samples=1)
            for name, size in _peaks(held).items()
        },
    }
    return [
        Score(
            name=name,
            axis="usability",
            better="lower",
            estimate=estimate,
            num_generated=len(items),
        )
        for name, estimate in scores.items()
    ]


def _quantile(
    ordered: NDArray[np.float64], share: float, confidence: float
) -> Estimate:
    """Estimate a quantile between two order statistics (Hahn and Meeker 1991).

    With too few values the interval ends at the smallest or the largest.
    """
    tail = (1.0 - confidence) / 2.0
    count = len(ordered)
    low = int(binom.ppf(tail, count, share)) - 1
    high = int(binom.ppf(1.0 - tail, count, share))
    return Estimate(
        value=float(np.quantile(ordered, share)),
        low=float(ordered[max(low, 0)]),
        high=float(ordered[min(high, count - 1)]),
        num_samples=count,
        confidence=confidence,
    )


def _reset_peak() -> float | None:
    """Forget peaks; give the bytes held now, or null where they are not told."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    try:
        _CLEAR.write_text(_RESET_PEAK, encoding="ascii")
        return _kernel_bytes("VmRSS")
    except OSError:
        return None


def _peaks(held: float | None) -> dict[str, float]:
    if held is None:
        import resource  # not everywhere

        unit = 1 if sys.platform == "darwin" else 1024
        largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        peaks = {"peak_memory_bytes": float(largest * unit)}
    else:
        peak = _kernel_bytes("VmHWM")
        peaks = {
            "peak_memory_bytes": peak,
            "peak_memory_growth_bytes": max(0.0, peak - held),
        }
    if torch.cuda.is_available():
        device = float(torch.cuda.max_memory_allocated())
        peaks["peak_device_memory_bytes"] = device
    return peaks


def _kernel_bytes(field: str) -> float:
    lines = _STATUS.read_text(encoding="ascii").splitlines()
    line = next(line for line in lines if line.startswith(f"{field}:"))
    return 1024.0 * int(line.split()[1])


def _wait_for_device() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
