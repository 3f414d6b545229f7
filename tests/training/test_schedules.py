import math

import pytest

from taojin.training.config import TrainingConfig
from taojin.training.schedules import learning_rate_factor


def _factors(**settings):
    config = TrainingConfig(num_steps=100, batch_size=1, **settings)
    return [learning_rate_factor(step, config) for step in range(100)]


def test_it_rises_stays_and_falls():
    factors = _factors(warmup_fraction=0.1, decay_fraction=0.5)

    assert factors[:10] == pytest.approx([i / 10 for i in range(1, 11)])
    assert set(factors[10:51]) == {1.0}
    assert factors[51:] == pytest.approx([(100 - i) / 50 for i in range(51, 100)])


def test_a_trapezoid_can_fall_from_the_first_step_to_zero():
    factors = _factors(warmup_fraction=0.0, decay_fraction=1.0)

    assert factors == pytest.approx([(100 - i) / 100 for i in range(100)])


def test_it_can_stay_all_along():
    assert set(_factors(warmup_fraction=0.0, decay_fraction=0.0)) == {1.0}


def test_a_cosine_falls_along_half_a_wave_after_the_warm_up():
    factors = _factors(schedule="cosine", warmup_fraction=0.2, final_fraction=0.1)

    assert factors[:20] == pytest.approx([i / 20 for i in range(1, 21)])
    assert factors[20:] == pytest.approx(
        [0.1 + 0.9 * (1 + math.cos(math.pi * i / 80)) / 2 for i in range(80)]
    )
    assert factors[60] == pytest.approx(0.55)


def test_a_line_falls_evenly_after_the_warm_up():
    factors = _factors(schedule="linear", warmup_fraction=0.2, final_fraction=0.1)

    assert factors[:20] == pytest.approx([i / 20 for i in range(1, 21)])
    assert factors[20:] == pytest.approx([0.1 + 0.9 * (1 - i / 80) for i in range(80)])


@pytest.mark.parametrize("schedule", ["trapezoid", "cosine", "linear"])
def test_the_floor_is_never_undercut(schedule):
    factors = _factors(warmup_fraction=0.0, final_fraction=0.2, schedule=schedule)

    assert 0.2 < min(factors) == factors[-1] < 0.23
    assert factors == sorted(factors, reverse=True)


@pytest.mark.parametrize("schedule", ["trapezoid", "cosine", "linear"])
@pytest.mark.parametrize("num_steps", [1, 2, 3])
def test_the_shortest_runs_learn_something(num_steps, schedule):
    config = TrainingConfig(num_steps=num_steps, batch_size=1, schedule=schedule)

    assert all(0 < learning_rate_factor(s, config) <= 1 for s in range(num_steps))


@pytest.mark.parametrize("schedule", ["trapezoid", "cosine", "linear"])
def test_a_run_can_be_all_warm_up(schedule):
    factors = _factors(warmup_fraction=1.0, decay_fraction=0.0, schedule=schedule)

    assert factors == pytest.approx([i / 100 for i in range(1, 101)])
