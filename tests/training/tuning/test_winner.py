import pandas as pd
import pytest
import yaml

from taojin.curation.config import ThresholdRule
from taojin.training.tuning.config import TuningConfig
from taojin.training.tuning.space import SearchSpace
from taojin.training.tuning.winner import best_trial, write_parameters

RATE = {"path": "training.matrix_learning_rate", "low": 0.001, "high": 0.3, "log": True}
BATCH = {"path": "training.batch_size", "choices": [4, 8]}
BOUND = {"path": "rules.letters.at_least", "low": 0.0, "high": 1.0}
LETTERS = {"name": "letters", "signal": "share_letter_chars", "at_least": 0.1}


def trials(**columns):
    return pd.DataFrame(
        {
            "trial": [0, 1, 2],
            "state": ["complete", "complete", "pruned"],
            "validation_loss": pd.array([2.0, 1.5, 1.0], "Float64"),
            "training.matrix_learning_rate": [0.02, 0.05, 0.1],
            **columns,
        }
    )


def write(pretraining, dimensions, table, curation=(), **settings):
    config = TuningConfig.model_validate({"space": dimensions, **settings})
    return write_parameters(table, SearchSpace(config, pretraining), curation)


def test_the_best_trial_ran_to_its_end():
    assert best_trial(trials())["trial"] == 1


def test_the_file_sets_the_searched_values_and_nothing_else(pretraining):
    content = write(pretraining, [RATE], trials(), fixed={"training.num_steps": 2})
    assert yaml.safe_load(content) == {
        "run": {"params": {"pretraining": {"training": {"matrix_learning_rate": 0.05}}}}
    }


def test_the_file_says_what_it_is_and_how_it_is_used(pretraining):
    content = write(pretraining, [RATE], trials())
    assert "Best of 3 trials: validation loss 1.5000, trial 1." in content
    assert "--params=pretraining.training.matrix_learning_rate=0.05\n" in content


@pytest.mark.parametrize(("batch_size", "num_steps"), [(4, 20), (8, 10)])
def test_with_a_budget_of_tokens_the_stage_keeps_its_own(
    pretraining, batch_size, num_steps
):
    table = trials(**{"training.batch_size": [4, batch_size, 4]})
    content = write(pretraining, [RATE, BATCH], table, max_tokens=100)
    training = yaml.safe_load(content)["run"]["params"]["pretraining"]["training"]
    assert training["batch_size"] == batch_size
    assert training["num_steps"] == num_steps


def test_a_bound_is_added_to_the_rules_of_curation(pretraining):
    own = ThresholdRule(name="long", signal="num_words", at_least=5)
    old = ThresholdRule(name="letters", signal="share_letter_chars", at_least=0.05)
    table = trials(**{"rules.letters.at_least": [0.1, 0.6, 0.2]})
    content = write(pretraining, [RATE, BOUND], table, [old, own], rules=[LETTERS])
    rules = yaml.safe_load(content)["run"]["params"]["curation"]["rules"]
    assert rules["thresholds"] == [
        {"name": "long", "signal": "num_words", "at_least": 5.0},
        {"name": "letters", "signal": "share_letter_chars", "at_least": 0.6},
    ]
