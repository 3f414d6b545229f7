import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from taojin.training.tuning.config import TuningConfig
from taojin.training.tuning.report import (
    coordinates_figure,
    importance,
    importance_figure,
    report_scaling_law,
    report_search,
    scaling_law_figure,
)
from taojin.training.tuning.scaling_config import ScalingLawConfig
from taojin.training.tuning.space import SearchSpace

RATE = {"path": "training.matrix_learning_rate", "low": 0.001, "high": 0.3, "log": True}
DECAY = {"path": "training.decay_fraction", "low": 0.0, "high": 0.9}


@pytest.fixture
def space(pretraining):
    config = TuningConfig.model_validate({"space": [RATE, DECAY]})
    return SearchSpace(config, pretraining)


def first_trace(figure: Any) -> Any:
    return figure.data[0]


def trials(space, num_trials=30):
    """The loss depends on the learning rate alone."""
    draw = np.random.default_rng(0)
    rates = np.exp(draw.uniform(np.log(0.001), np.log(0.3), num_trials))
    decays = draw.uniform(0.0, 0.9, num_trials)
    defaults = space.defaults()
    rates[0], decays[0] = defaults[RATE["path"]], defaults[DECAY["path"]]
    losses = 2.0 + np.log(rates / 0.05) ** 2
    states = ["complete"] * (num_trials - 1) + ["pruned"]
    return pd.DataFrame(
        {
            "trial": range(num_trials),
            "state": states,
            "validation_loss": pd.array(losses, "Float64"),
            RATE["path"]: rates,
            DECAY["path"]: decays,
            "num_body_parameters": [100 * 2 ** (row % 4) for row in range(num_trials)],
            "num_tokens": [1000] * num_trials,
            "cpu_seconds": [1.0] * num_trials,
            "reason": pd.array([None] * (num_trials - 1) + ["worse"], "string"),
        }
    )


def test_a_report_says_what_the_search_found_and_what_it_took(space):
    table = trials(space)
    report = report_search(table, space)
    best = table.iloc[:-1].nsmallest(1, "validation_loss").iloc[0]
    assert report["best"]["trial"] == best["trial"]
    assert report["best"]["parameters"][RATE["path"]] == best[RATE["path"]]
    assert report["default"]["validation_loss"] == table["validation_loss"][0]
    assert report["num_trials"] == {"complete": 29, "pruned": 1}
    assert report["cpu_seconds"] == 30.0
    assert report["reasons"] == {"worse": 1}
    json.dumps(report)


def test_where_the_first_trial_is_not_the_default_there_is_none(space):
    table = trials(space)
    table.loc[0, RATE["path"]] = 0.2
    assert report_search(table, space)["default"] is None


def test_the_setting_that_matters_is_the_important_one(space):
    shares = importance(trials(space), space)
    assert list(shares) == [RATE["path"], DECAY["path"]]
    assert shares[RATE["path"]] > 0.8
    assert sum(shares.values()) == pytest.approx(1.0, abs=0.01)


def test_few_trials_tell_nothing_of_importance(space):
    few = trials(space, 4)
    assert importance(few, space) == {}
    assert "fewer than 4" in str(importance_figure(few, space).to_json())


def test_figures_show_every_searched_setting(space):
    table = trials(space)
    bars = first_trace(importance_figure(table, space))
    assert set(bars.y) == {RATE["path"], DECAY["path"]}
    lines = first_trace(coordinates_figure(table, space))
    rates, decays, losses = lines.dimensions
    assert (rates.label, decays.label) == (RATE["path"], DECAY["path"])
    assert rates["values"][0] == pytest.approx(np.log10(table[RATE["path"]][0]))
    assert rates.ticktext[0] == "0.001"
    assert len(losses["values"]) == 29


def test_choices_stand_at_their_places(pretraining):
    dimension = {"path": "training.batch_size", "choices": [8, 4]}
    space = SearchSpace(
        TuningConfig.model_validate({"space": [dimension]}), pretraining
    )
    table = pd.DataFrame(
        {
            "state": ["complete", "complete"],
            "validation_loss": [1.0, 2.0],
            "training.batch_size": pd.array([4, 8], "Int64"),
        }
    )
    sizes = first_trace(coordinates_figure(table, space)).dimensions[0]
    assert list(sizes["values"]) == [1, 0]
    assert list(sizes.ticktext) == ["8", "4"]


def test_a_scaling_law_is_predicted_at_the_next_size(space):
    sizes = 1e4 * 2.0 ** np.arange(10)
    table = trials(space, 11).iloc[:10]
    table = table.assign(
        num_body_parameters=sizes, validation_loss=1.0 + 30.0 / sizes**0.35
    )
    report = report_scaling_law(table, ScalingLawConfig(num_bootstraps=20))
    (prediction,) = report["predictions"]
    assert prediction["size"] == 4.0 * sizes[-1]
    expected = 1.0 + 30.0 / prediction["size"] ** 0.35
    assert prediction["loss"]["value"] == pytest.approx(expected, rel=0.01)
    figure: Any = scaling_law_figure(report)
    assert len(figure.data) == 2
    json.dumps(report)


def test_too_few_sizes_are_a_reason_and_no_error(space):
    report = report_scaling_law(trials(space), ScalingLawConfig(min_trials=8))
    assert report["law"] is None
    assert "8 finished trials" in report["reason"]
    assert report["reason"] in str(scaling_law_figure(report).to_json())
