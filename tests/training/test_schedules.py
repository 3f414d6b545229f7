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


def test_it_can_fall_from_the_first_step_to_zero():
    factors = _factors(warmup_fraction=0.0, decay_fraction=1.0)

    assert factors == pytest.approx([(100 - i) / 100 for i in range(100)])


def test_it_can_stay_all_along():
    assert set(_factors(warmup_fraction=0.0, decay_fraction=0.0)) == {1.0}


def test_the_floor_is_never_undercut():
    factors = _factors(warmup_fraction=0.0, final_fraction=0.2)

    assert min(factors) > 0.2
    assert factors[-1] == pytest.approx(0.2 + 0.8 / 50)


@pytest.mark.parametrize("num_steps", [1, 2, 3])
def test_the_shortest_runs_learn_something(num_steps):
    config = TrainingConfig(num_steps=num_steps, batch_size=1)

    assert all(0 < learning_rate_factor(s, config) <= 1 for s in range(num_steps))
