"""A table of what the time of some training steps goes into."""

from collections.abc import Callable

import torch
from torch.profiler import ProfilerActivity, profile

_FIRST = 2
"""Steps of a process before the first that counts: they compile and warm up."""
_NUM_ROWS = 25


class StepProfiler:
    """Records a few steps of a run and hands on one table.

    Args:
        num_steps: How many to record; 0 records none.
        report: Receives the table: an operation a row, the dearest first.
    """

    def __init__(self, num_steps: int, report: Callable[[str], None]) -> None:
        self._first = _FIRST if num_steps else -1
        self._end = _FIRST + num_steps
        self._report = report
        self._seen = 0
        self._profile: profile | None = None

    def before_step(self) -> None:
        """Start recording if it is time."""
        if self._seen == self._first:
            activities = [ProfilerActivity.CPU]
            if torch.cuda.is_available():
                activities.append(ProfilerActivity.CUDA)
            self._profile = profile(activities=activities)
            self._profile.start()

    def after_step(self) -> None:
        """Count a step; stop and report if it is time."""
        self._seen += 1
        if self._seen == self._end:
            self.close()

    def close(self) -> None:
        """Report what was recorded so far, if anything is still being recorded."""
        if self._profile is None:
            return
        self._profile.stop()
        sort_by = "self_cuda_time_total" if torch.cuda.is_available() else None
        table = self._profile.key_averages().table(
            sort_by=sort_by or "self_cpu_time_total", row_limit=_NUM_ROWS
        )
        self._profile = None
        self._report(table)
