import pytest
from optuna.distributions import (
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from pydantic import ValidationError

from taojin.core.errors import ConfigurationError
from taojin.training.config import PretrainingConfig
from taojin.training.tuning.config import Dimension, TuningConfig
from taojin.training.tuning.space import SearchSpace

LETTERS = {"name": "letters", "signal": "share_letter_chars", "at_least": 0.1}
RATE = {"path": "training.matrix_learning_rate", "low": 0.001, "high": 0.1, "log": True}


def space(pretraining, *dimensions, **settings):
    config = TuningConfig.model_validate({"space": dimensions or (RATE,), **settings})
    return SearchSpace(config, pretraining)


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("training.matrix_learning_rat", "training.matrix_learning_rate"),
        ("learning_rate", "training.matrix_learning_rate"),
        ("batch_size", "training.batch_size"),
        ("model.deph", "model.depth"),
        ("training.rules.letters.at_least", "rules.letters.at_least"),
    ],
)
def test_an_unknown_path_is_refused_with_its_near_matches(pretraining, path, near):
    dimension = {"path": path, "low": 0.1, "high": 0.2}
    with pytest.raises(ConfigurationError, match=near) as error:
        space(pretraining, dimension, rules=[LETTERS])
    assert path in str(error.value)


def test_all_unknown_paths_are_named_at_once(pretraining):
    with pytest.raises(ConfigurationError, match=r"model.size .*training.nothing"):
        space(
            pretraining,
            {"path": "model.size", "low": 1, "high": 2},
            fixed={"training.nothing": 1},
        )


def test_a_path_to_a_rule_that_is_not_declared_is_refused(pretraining):
    with pytest.raises(ConfigurationError, match=r"rules\.letters\.at_least is no"):
        space(pretraining, {"path": "rules.letters.at_least", "low": 0, "high": 1})


@pytest.mark.parametrize(
    ("dimension", "message"),
    [
        ({"path": "training.batch_size", "low": 0, "high": 8}, "cannot be 0"),
        ({"path": "training.batch_size", "low": 1.5, "high": 8}, "whole numbers"),
        ({"path": "training.optimiser", "low": 0, "high": 8}, "give it choices"),
        ({"path": "training.optimiser", "choices": ["muon", "sgd"]}, "cannot be 'sgd'"),
    ],
)
def test_a_range_that_the_setting_does_not_allow_is_refused(
    pretraining, dimension, message
):
    with pytest.raises(ConfigurationError, match=message):
        space(pretraining, dimension)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"low": 0.2, "high": 0.1}, "is above"),
        ({"low": 0.0, "high": 0.1, "log": True}, "log needs a low above 0"),
        ({"low": 0.1}, "give low and high"),
        ({"low": 0.1, "high": 0.2, "choices": [0.1]}, "not both"),
    ],
)
def test_a_range_must_make_sense(wrong, message):
    with pytest.raises(ValidationError, match=message):
        Dimension.model_validate({"path": "training.momentum", **wrong})


def test_a_setting_is_searched_once():
    with pytest.raises(ValidationError, match=r"matrix_learning_rate twice"):
        TuningConfig.model_validate({"space": [RATE, RATE]})


def test_kinds_of_values_follow_from_the_settings(pretraining):
    found = space(
        pretraining,
        RATE,
        {"path": "model.width", "low": 16, "high": 64, "step": 16},
        {"path": "model.tie_embeddings", "choices": [True, False]},
        {"path": "rules.letters.at_least", "low": 0, "high": 1},
        rules=[LETTERS],
    ).distributions()
    assert found == {
        "training.matrix_learning_rate": FloatDistribution(0.001, 0.1, log=True),
        "model.width": IntDistribution(16, 64, step=16),
        "model.tie_embeddings": CategoricalDistribution([True, False]),
        "rules.letters.at_least": FloatDistribution(0, 1),
    }


def test_a_candidate_has_searched_fixed_and_present_values(pretraining):
    candidate = space(
        pretraining,
        RATE,
        {"path": "rules.letters.at_least", "low": 0, "high": 1},
        rules=[LETTERS],
        fixed={"training.num_steps": 12},
    ).candidate({"training.matrix_learning_rate": 0.05, "rules.letters.at_least": 0.7})
    assert isinstance(candidate.settings, PretrainingConfig)
    training = candidate.settings.training
    assert training.matrix_learning_rate == 0.05
    assert training.num_steps == 12
    assert training.batch_size == pretraining.training.batch_size
    assert candidate.settings.model == pretraining.model
    assert candidate.rules[0].at_least == 0.7
    assert candidate.rules[0].signal == "share_letter_chars"


def test_a_budget_of_tokens_sets_the_steps(pretraining):
    dimension = {"path": "training.batch_size", "choices": [4, 8]}
    found = space(pretraining, dimension, max_tokens=16 * 64)
    steps = {
        size: found.candidate({"training.batch_size": size}).settings.training.num_steps
        for size in (4, 8)
    }
    assert steps == {4: 16, 8: 8}


def test_reports_are_evenly_spaced_over_a_trial(pretraining):
    found = space(pretraining, num_reports=4, fixed={"training.num_steps": 10})
    training = found.candidate({}).settings.training
    assert training.validate_every == 2
    assert training.num_threads == 1


def test_present_settings_are_a_trial_if_they_lie_in_the_space(pretraining):
    rate = pretraining.training.matrix_learning_rate
    assert space(pretraining, RATE).defaults() == {RATE["path"]: rate}
    assert space(pretraining, {**RATE, "high": rate / 2}).defaults() is None
    outside = {"path": "training.batch_size", "choices": [16, 32]}
    assert space(pretraining, outside).defaults() is None


def test_values_that_contradict_each_other_are_refused_only_together(pretraining):
    found = space(
        pretraining,
        {"path": "training.warmup_fraction", "low": 0.0, "high": 0.9},
        {"path": "training.decay_fraction", "low": 0.1, "high": 0.9},
    )
    found.candidate({"training.warmup_fraction": 0.9, "training.decay_fraction": 0.1})
    with pytest.raises(ValidationError, match="add up to more than 1"):
        found.candidate(
            {"training.warmup_fraction": 0.9, "training.decay_fraction": 0.9}
        )
