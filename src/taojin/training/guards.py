"""Telling a bad step from a good one, saying what was wrong, and acting on it."""

import logging
import math
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from taojin.core.errors import TrainingError
from taojin.training.batches import rows_of
from taojin.training.config import TrainingConfig
from taojin.training.gradients import GatheredGradients
from taojin.training.metrics import MetricSink
from taojin.training.state import Learner, RunState

logger = logging.getLogger(__name__)

_MAD_TO_DEVIATION = 1.4826
"""Of a normal distribution: its standard deviation by its median deviation."""
_SMALLEST_DEVIATION = 1e-3
"""Share of the median: losses that hardly vary are no reason to call one a spike."""
_MAX_ROWS_NAMED = 10


class Fault(NamedTuple):
    """What is wrong with a step.

    Attributes:
        kind: ``not_finite`` or ``spike``.
        limit: From which loss (nats a unit) on it would have been a spike, if known.
    """

    kind: str
    limit: float | None


def spike_limit(losses: Sequence[float], threshold: float) -> float:
    """The loss above which one is a spike among these.

    Median plus ``threshold`` robust standard deviations, 1.4826 times the median
    absolute deviation (Leys et al. 2013, doi:10.1016/j.jesp.2013.03.013): a spike
    among the recent losses hardly moves it, where it would move mean and variance.

    Args:
        losses: Recent ones, at least one.
        threshold: In robust standard deviations.
    """
    middle = median(losses)
    deviation = _MAD_TO_DEVIATION * median(abs(loss - middle) for loss in losses)
    return middle + threshold * max(deviation, _SMALLEST_DEVIATION * abs(middle))


def find_fault(
    gathered: GatheredGradients,
    recent: Sequence[float],
    *,
    threshold: float | None,
    window: int,
) -> Fault | None:
    """Judge the gradients of a step; None if it can be taken.

    Args:
        gathered: What the batches gave.
        recent: Losses (nats a unit) of the good steps before, at most ``window``.
        threshold: See :func:`spike_limit`; None lets every finite loss pass.
        window: No loss is a spike until half of this many are known.
    """
    if not (math.isfinite(gathered.total) and math.isfinite(gathered.norm)):
        return Fault("not_finite", None)
    if threshold is None or 2 * len(recent) < window:
        return None
    limit = spike_limit(recent, threshold)
    return Fault("spike", limit) if gathered.mean > limit else None


def describe_fault(
    fault: Fault, gathered: GatheredGradients, step: int, batches: object
) -> str:
    """One line: step, loss, gradient norm, batches, and rows where they have names.

    Args:
        fault: What is wrong.
        gathered: What the batches gave.
        step: Steps done before.
        batches: Where they came from; see :class:`taojin.training.batches.NamesRows`.
    """
    first, last = gathered.batches[0], gathered.batches[-1]
    parts = [
        f"step {step}: loss {gathered.mean:.4g}",
        "" if fault.limit is None else f" is a spike above {fault.limit:.4g}",
        f", gradient norm {gathered.norm:.4g}",
        f", batch {first}" if first == last else f", batches {first} to {last}",
    ]
    rows = sorted(
        {row for index in gathered.batches for row in rows_of(batches, index)}
    )
    if rows:
        named = ", ".join(map(str, rows[:_MAX_ROWS_NAMED]))
        more = len(rows) - _MAX_ROWS_NAMED
        parts.append(f", rows {named}{f' and {more} more' if more > 0 else ''}")
    return "".join(parts)


class Guard:
    """Decides which steps are taken, and what happens instead of the others.

    A step that is passed over leaves weights and optimiser as they are, as if its
    batch had never happened. A roll back returns both to the last snapshot; the
    count of steps, the schedule and the place in the data go on, so what is read
    next is new, and the steps since the snapshot are lost.

    Args:
        state: Counters of the run, which are kept up to date.
        learner: What is rolled back.
        config: Settings.
        batches: Names the rows of a bad step if it can.
        sink: Receives ``bad_steps`` and ``roll_backs``, counted over the run.
    """

    def __init__(
        self,
        state: RunState,
        learner: Learner,
        config: TrainingConfig,
        *,
        batches: object,
        sink: MetricSink,
    ) -> None:
        self._state = state
        self._learner = learner
        self._config = config
        self._batches = batches
        self._sink = sink
        self._rolls_back = config.bad_step_policy == "roll_back"
        if self._rolls_back and learner.snapshot is None:
            learner.take_snapshot()

    def admits(self, gathered: GatheredGradients) -> bool:
        """Whether the step can be taken; if not, all has been done instead of it.

        Raises:
            TrainingError: If the run must end.
        """
        state, config = self._state, self._config
        fault = find_fault(
            gathered,
            state.recent_losses,
            threshold=config.spike_threshold,
            window=config.spike_window,
        )
        if fault is None:
            return True
        state.num_bad_steps += 1
        state.num_bad_steps_total += 1
        found = describe_fault(fault, gathered, state.step, self._batches)
        self._record(f"{found}; {self._react(found, gathered.batches[-1])}")
        return False

    def note_good(self, gathered: GatheredGradients) -> None:
        """Take note of a step that was taken."""
        state, config = self._state, self._config
        state.num_bad_steps = 0
        if config.spike_threshold is not None:
            recent = [*state.recent_losses, gathered.mean]
            state.recent_losses = recent[-config.spike_window :]
        done = state.step + 1
        if self._rolls_back and done % config.snapshot_every == 0:
            self._learner.take_snapshot()
            state.snapshot_step = done

    def _react(self, found: str, last_batch: int) -> str:
        """Do what the policy asks for, and say what was done."""
        state, config = self._state, self._config
        if config.bad_step_policy == "stop":
            raise _ended(found, "bad_step_policy is stop", last_batch)
        if state.num_bad_steps <= config.max_bad_steps:
            return "the step is passed over"
        in_a_row = (
            f"{state.num_bad_steps} steps in a row were bad, and max_bad_steps allows "
            f"{config.max_bad_steps}"
        )
        if not self._rolls_back:
            raise _ended(found, in_a_row, last_batch)
        if state.num_roll_backs >= config.max_roll_backs:
            allowed = f"{in_a_row}, after max_roll_backs {config.max_roll_backs}"
            raise _ended(found, allowed, last_batch)
        self._learner.roll_back()
        state.num_roll_backs += 1
        state.num_bad_steps = 0
        state.rate_factor *= config.roll_back_rate_factor
        return f"{in_a_row}; rolled back to the weights of step {state.snapshot_step}"

    def _record(self, line: str) -> None:
        state = self._state
        logger.warning("%s", line)
        state.window_faults.append(line)
        counts = {
            "bad_steps": float(state.num_bad_steps_total),
            "roll_backs": float(state.num_roll_backs),
        }
        self._sink.log(state.step + 1, counts)


def _ended(found: str, reason: str, last_batch: int) -> TrainingError:
    return TrainingError(
        f"{found}; {reason}; lower the learning rates or max_gradient_norm, or look at "
        f"the data from batch {last_batch} on"
    )
