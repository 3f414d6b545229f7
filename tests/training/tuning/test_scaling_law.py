import numpy as np
import pandas as pd
import pytest

from taojin.core.errors import DataError
from taojin.training.tuning.scaling_config import ScalingLawConfig
from taojin.training.tuning.scaling_law import (
    _objective,
    _prepare,
    fit_scaling_law,
    frontier,
    predict_loss,
)

SIZES = (3e4, 1e5, 3e5, 1e6)
TOKENS = (1e6, 2e6, 4e6, 8e6)
QUICK = ScalingLawConfig(num_bootstraps=20)


def true_loss(size, num_tokens):
    return 1.2 + 30.0 / size**0.35 + 300.0 / num_tokens**0.4


def runs(noise=0.0, sizes=SIZES, tokens=TOKENS, seed=0):
    size, num_tokens = (axis.ravel() for axis in np.meshgrid(sizes, tokens))
    loss = true_loss(size, num_tokens)
    errors = np.random.default_rng(seed).normal(0.0, noise, len(loss))
    return pd.DataFrame(
        {"size": size, "num_tokens": num_tokens, "loss": loss * np.exp(errors)}
    )


def test_a_law_without_noise_is_found():
    law = fit_scaling_law(runs())
    assert law.irreducible == pytest.approx(1.2, rel=0.01)
    assert law.size_exponent == pytest.approx(0.35, rel=0.01)
    assert law.tokens_exponent == pytest.approx(0.4, rel=0.01)
    assert law.size_scale == pytest.approx(30.0, rel=0.05)
    assert law.tokens_scale == pytest.approx(300.0, rel=0.05)
    assert law.error < 1e-4


def test_a_run_that_went_wrong_hardly_moves_the_law():
    spoilt = runs(noise=0.001)
    spoilt.loc[5, "loss"] *= 1.3
    found = fit_scaling_law(spoilt).loss(4e6, 8e6)
    assert float(found) == pytest.approx(true_loss(4e6, 8e6), rel=0.01)


def test_the_gradient_is_that_of_the_objective():
    prepared = _prepare(runs(noise=0.05), QUICK)
    point = np.array([-1.0, 0.3, -2.0, 0.4, 0.2])
    value, gradient = _objective(point, prepared, 0.03)
    for place in range(len(point)):
        moved = point.copy()
        moved[place] += 1e-6
        slope = (_objective(moved, prepared, 0.03)[0] - value) / 1e-6
        assert gradient[place] == pytest.approx(slope, rel=1e-3, abs=1e-3)


def test_a_larger_model_is_predicted_within_its_interval():
    estimate = predict_loss(runs(noise=0.003), 4e6, 8e6, QUICK)
    assert estimate.low < true_loss(4e6, 8e6) < estimate.high
    assert estimate.value == pytest.approx(true_loss(4e6, 8e6), rel=0.02)
    assert (estimate.num_samples, estimate.confidence) == (16, 0.9)


def test_more_noise_makes_a_wider_interval():
    narrow = predict_loss(runs(noise=0.001), 4e6, 8e6, QUICK)
    wide = predict_loss(runs(noise=0.02), 4e6, 8e6, QUICK)
    assert wide.high - wide.low > 3.0 * (narrow.high - narrow.low)


def test_an_interval_is_the_same_each_time():
    first, second = (predict_loss(runs(noise=0.01), 4e6, 8e6, QUICK) for _ in "ab")
    assert first == second


def test_with_one_number_of_tokens_the_law_goes_by_size_alone():
    same = runs(sizes=(3e4, 6e4, 1e5, 3e5, 6e5, 1e6, 2e6, 3e6), tokens=(2e6,))
    law = fit_scaling_law(same)
    assert law.tokens_scale == 0.0
    assert law.irreducible == pytest.approx(1.2 + 300.0 / 2e6**0.4, rel=0.01)
    assert float(law.loss(1e7, 2e6)) == pytest.approx(true_loss(1e7, 2e6), rel=0.001)


@pytest.mark.parametrize("few", [{"sizes": (1e5, 1e6)}, {"tokens": (1e6,)}])
def test_too_little_to_fit_says_what_is_needed(few):
    with pytest.raises(DataError, match="needs 8 finished trials of at least 3 sizes"):
        fit_scaling_law(runs(**few))


def test_the_best_complete_trial_of_each_size_and_tokens_counts():
    trials = pd.DataFrame(
        {
            "state": ["complete", "complete", "pruned", "complete", "complete"],
            "num_body_parameters": [100, 100, 100, 200, 100],
            "num_tokens": [1000, 1010, 1000, 1000, 5000],
            "validation_loss": [3.0, 2.5, 1.0, 2.0, 2.2],
        }
    )
    found = frontier(trials)
    assert sorted(found["loss"]) == [2.0, 2.2, 2.5]
