import math

import pytest
import torch
from torch import nn

from taojin.core.errors import TrainingError
from taojin.training.config import TrainingConfig
from taojin.training.gradients import GatheredGradients
from taojin.training.guards import Guard, describe_fault, find_fault, spike_limit
from taojin.training.metrics import ListSink
from taojin.training.objectives import ParameterGroup
from taojin.training.optimisers import OptimiserSet
from taojin.training.state import Learner, RunState


def _gathered(mean, *, norm=1.0, batch=0):
    return GatheredGradients(4 * mean, 4, norm, range(batch, batch + 1))


def _fault(mean, recent, *, threshold: float | None = 6.0, norm=1.0):
    gathered = _gathered(mean, norm=norm)
    return find_fault(gathered, recent, threshold=threshold, window=10)


RECENT = [2.0, 2.1, 1.9, 2.0, 2.2]  # median 2.0, median deviation 0.1


def test_the_limit_is_the_median_plus_robust_deviations():
    assert spike_limit(RECENT, 6.0) == pytest.approx(2.0 + 6 * 1.4826 * 0.1)


def test_one_spike_hardly_moves_the_limit():
    assert spike_limit([*RECENT, 1e6], 6.0) < 4.0


def test_losses_that_hardly_vary_leave_some_room():
    assert spike_limit([2.0] * 50, 6.0) == pytest.approx(2.012)


@pytest.mark.parametrize(
    ("loss", "norm"), [(math.nan, 1.0), (math.inf, 1.0), (2.0, math.inf)]
)
def test_what_is_not_finite_is_bad(loss, norm):
    fault = _fault(loss, [], threshold=None, norm=norm)

    assert fault is not None
    assert fault.kind == "not_finite"


def test_a_loss_far_above_the_recent_ones_is_a_spike():
    fault = _fault(3.0, RECENT)

    assert fault is not None
    assert fault.kind == "spike"
    assert _fault(2.8, RECENT) is None
    assert _fault(0.0, RECENT) is None


def test_no_loss_is_a_spike_unless_asked_or_before_enough_are_known():
    assert _fault(1e9, RECENT, threshold=None) is None
    assert _fault(1e9, RECENT[:4]) is None


class _Named:
    def rows(self, index):
        return [30 + index, 7]


def test_a_fault_is_described_with_step_batches_and_rows():
    fault = _fault(3.0, RECENT)
    assert fault is not None
    gathered = GatheredGradients(12.0, 4, 2.5, range(8, 10))

    line = describe_fault(fault, gathered, 5, _Named())

    assert line == (
        "step 5: loss 3 is a spike above 2.89, gradient norm 2.5, batches 8 to 9, "
        "rows 7, 38, 39"
    )


def test_a_source_without_names_leaves_the_rows_out():
    fault = _fault(math.nan, [])
    assert fault is not None

    line = describe_fault(fault, _gathered(math.nan, batch=3), 5, object())

    assert line == "step 5: loss nan, gradient norm 1, batch 3"


class _Run:
    """A guard over one weight, which each good step raises by one."""

    def __init__(self, **settings):
        config = TrainingConfig(num_steps=100, batch_size=1, **settings)
        self.model = nn.Linear(1, 1, bias=False)
        with torch.no_grad():
            self.model.weight.fill_(0.0)
        group = ParameterGroup("all", "adamw", 0.1, 0.0, ("weight",))
        optimisers = OptimiserSet(self.model, [group], config)
        self.state, self.sink = RunState(), ListSink()
        learner = Learner(self.model, optimisers)
        self.guard = Guard(
            self.state, learner, config, batches=_Named(), sink=self.sink
        )

    @property
    def weight(self):
        return self.model.weight.item()

    @torch.no_grad()
    def step(self, loss):
        gathered = _gathered(loss, batch=self.state.step)
        if admitted := self.guard.admits(gathered):
            self.model.weight.add_(1.0)
            self.guard.note_good(gathered)
        self.state.step += 1
        return admitted


def test_a_bad_step_is_passed_over_and_recorded():
    run = _Run()

    admitted = [run.step(loss) for loss in [2.0, math.nan, 2.0]]

    assert admitted == [True, False, True]
    assert run.state.num_bad_steps_total == 1
    assert run.sink.rows == [{"step": 2, "bad_steps": 1.0, "roll_backs": 0.0}]
    (line,) = run.state.window_faults
    assert line.startswith("step 1: loss nan")
    assert line.endswith("rows 7, 31; the step is passed over")


def test_spikes_are_judged_by_the_steps_that_were_taken():
    run = _Run(spike_threshold=6.0, spike_window=4, max_bad_steps=100)

    for loss in [2.0, 2.1, 1.9, 2.0]:
        assert run.step(loss)
    assert not any(run.step(50.0) for _ in range(20))

    assert run.step(2.0)
    assert run.state.recent_losses == [2.1, 1.9, 2.0, 2.0]


def test_under_the_policy_stop_the_first_bad_step_ends_the_run():
    run = _Run(bad_step_policy="stop")

    with pytest.raises(TrainingError, match=r"step 0: loss nan.*bad_step_policy is"):
        run.step(math.nan)


def test_too_many_in_a_row_end_a_run_that_skips():
    run = _Run(max_bad_steps=2)
    for loss in [math.nan, math.nan, 2.0, math.nan, math.nan]:
        run.step(loss)

    with pytest.raises(
        TrainingError, match=r"3 steps in a row.*max_bad_steps allows 2"
    ):
        run.step(math.nan)


def test_a_roll_back_returns_to_the_last_snapshot():
    run = _Run(bad_step_policy="roll_back", max_bad_steps=1, snapshot_every=4)
    for _ in range(7):
        run.step(2.0)
    assert run.weight == 7.0

    run.step(math.nan)
    assert run.weight == 7.0
    run.step(math.nan)

    assert run.weight == 4.0
    assert run.state.step == 9  # time goes on
    assert run.state.num_roll_backs == 1
    assert run.state.window_faults[-1].endswith("rolled back to the weights of step 4")
    assert run.step(2.0)


def test_after_a_roll_back_bad_steps_are_counted_anew():
    run = _Run(bad_step_policy="roll_back", max_bad_steps=1)
    for _ in range(3):
        run.step(math.nan)

    assert run.state.num_roll_backs == 1
    assert run.state.window_faults[-1].endswith("the step is passed over")


def test_without_a_snapshot_yet_a_roll_back_returns_to_the_start():
    run = _Run(bad_step_policy="roll_back", max_bad_steps=0)
    run.step(2.0)

    run.step(math.nan)

    assert run.weight == 0.0


def test_each_roll_back_lowers_the_learning_rate():
    run = _Run(bad_step_policy="roll_back", max_bad_steps=0, roll_back_rate_factor=0.5)

    run.step(math.nan)
    run.step(math.nan)

    assert run.state.rate_factor == 0.25


def test_too_many_roll_backs_end_the_run():
    run = _Run(bad_step_policy="roll_back", max_bad_steps=0, max_roll_backs=2)
    run.step(math.nan)
    run.step(math.nan)

    with pytest.raises(TrainingError, match="after max_roll_backs 2"):
        run.step(math.nan)
