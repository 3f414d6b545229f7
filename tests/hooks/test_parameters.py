import json
from pathlib import Path

import pytest

from taojin.core.config import StageConfig
from taojin.hooks.parameters import flatten_parameters


class Optimiser(StageConfig):
    learning_rate: float = 0.1
    betas: tuple[float, ...] = (0.9, 0.95)


class Stage(StageConfig):
    num_steps: int = 3
    optimiser: Optimiser = Optimiser()
    schedule: str | None = None
    rules: tuple[Optimiser, ...] = (Optimiser(),)


def test_every_field_of_a_nested_configuration_has_a_name():
    assert flatten_parameters({"pretraining": Stage()}) == {
        "pretraining.num_steps": "3",
        "pretraining.optimiser.learning_rate": "0.1",
        "pretraining.optimiser.betas": "[0.9, 0.95]",
        "pretraining.schedule": "null",
        "pretraining.rules": '[{"learning_rate": 0.1, "betas": [0.9, 0.95]}]',
    }


def test_mappings_are_flattened_like_models_and_text_stays_as_it_is():
    flat = flatten_parameters({"a": {"b": {"c": "金"}, "empty": {}}, "d": True})
    assert flat == {"a.b.c": "金", "a.empty": "{}", "d": "true"}


def test_values_that_json_does_not_know_become_text():
    flat = flatten_parameters({"path": Path("a") / "b", "kinds": {"z", "a"}})
    assert flat == {"path": '"a/b"', "kinds": '["a", "z"]'}


@pytest.mark.parametrize("length", [6000, 6001, 10**6])
def test_long_values_are_cut_at_the_limit_of_the_store(length):
    value = flatten_parameters({"a": "x" * length})["a"]
    assert len(value) == 6000
    assert value.endswith("…") == (length > 6000)


def test_long_names_are_cut_at_the_limit_of_the_store():
    (name,) = flatten_parameters({"a": {"b" * 500: 1}})
    assert len(name) == 250


def test_lists_are_readable_json():
    value = flatten_parameters({"a": [1, "二", None]})["a"]
    assert json.loads(value) == [1, "二", None]


def test_no_parameters_are_no_parameters():
    assert flatten_parameters({}) == {}
