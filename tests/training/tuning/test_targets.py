"""What a trial trains, and that a search takes any of it."""

import pandas as pd
import pytest
import yaml

from taojin.core.errors import ConfigurationError
from taojin.engines import EngineConfig
from taojin.training.config import TrainingConfig
from taojin.training.finetuning_config import ClassifierFinetuningConfig
from taojin.training.metrics import ListSink
from taojin.training.tuning.config import TuningConfig
from taojin.training.tuning.records import ListRecorder
from taojin.training.tuning.report import report_scaling_law, report_search
from taojin.training.tuning.scaling_config import ScalingLawConfig
from taojin.training.tuning.search import search_hyperparameters
from taojin.training.tuning.space import SearchSpace
from taojin.training.tuning.targets import ClassifierTarget, PretrainingTarget
from taojin.training.tuning.winner import write_parameters

RATE = {"path": "training.head_learning_rate", "low": 0.001, "high": 0.1, "log": True}
RANK = {"path": "adapter.rank", "choices": [2, 4]}
LETTERS = {"name": "letters", "signal": "share_letter_chars", "at_least": 0.1}
STEPS = {"path": "training.num_steps", "low": 4, "high": 8, "step": 4}
WHERE = "finetuning.topic"


@pytest.fixture
def topic() -> ClassifierFinetuningConfig:
    return ClassifierFinetuningConfig(
        max_tokens=16,
        training=TrainingConfig(
            num_steps=8, batch_size=4, num_threads=1, validate_every=4, patience=2
        ),
    )


@pytest.fixture
def examples():
    rows = [
        (f"{word} {number}", label, split)
        for label, word in (("fruit", "pear"), ("metal", "zinc"))
        for split in ("train", "validation")
        for number in range(8)
    ]
    return pd.DataFrame(rows, columns=["text", "label", "split"])


def space(topic, *dimensions, **settings):
    config = TuningConfig.model_validate({"space": dimensions or (RATE,), **settings})
    return SearchSpace(config, topic, WHERE)


def test_a_setting_of_a_part_that_is_off_switches_it_on(topic):
    found = space(topic, RANK)
    assert found.defaults() is None
    settings = found.candidate({"adapter.rank": 4}).settings
    assert isinstance(settings, ClassifierFinetuningConfig)
    assert settings.adapter is not None
    assert settings.adapter.rank == 4
    assert topic.adapter is None


def test_patience_lasts_as_many_steps_as_without_a_search(topic):
    training = space(topic, num_reports=8).candidate({}).settings.training
    assert training.validate_every == 1
    assert training.patience == 8


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"max_tokens": 100}, "max_tokens is of pretraining"),
        ({"rules": [LETTERS]}, "rules choose documents of pretraining"),
        ({"fixed": {"model.depth": 1}}, r"model.depth is no setting of finetuning\."),
    ],
)
def test_what_only_pretraining_has_is_refused(topic, wrong, message):
    with pytest.raises(ConfigurationError, match=message):
        space(topic, **wrong)


def test_a_target_refuses_settings_of_another_training(corpus, topic, tmp_path):
    target = PretrainingTarget(corpus.tokens, corpus.tokenizer, corpus.signals)
    candidate = space(topic).candidate({})
    with pytest.raises(ConfigurationError, match="over ClassifierFinetuningConfig"):
        target.train(candidate, tmp_path, ListSink())


def test_other_examples_are_another_search(topic, examples, base_folder):
    base = base_folder("own")
    found = space(topic)
    whole = ClassifierTarget(examples, base).identity(found)
    assert ClassifierTarget(examples, base).identity(found) == whole
    assert ClassifierTarget(examples[1:], base).identity(found) != whole


@pytest.mark.slow
def test_a_finetuning_is_searched_and_its_winner_is_a_parameter_file(
    topic, examples, base_folder, tmp_path
):
    found = space(topic, RATE, RANK, STEPS, num_trials=3, num_reports=2)
    recorder = ListRecorder()
    trials = search_hyperparameters(
        ClassifierTarget(examples, base_folder("own")),
        found,
        engine=EngineConfig(num_workers=1),
        workspace=tmp_path,
        recorder=recorder,
    )
    assert trials["state"].tolist() == ["complete"] * 3
    best = trials.iloc[trials["validation_loss"].astype(float).argmin()]
    content = yaml.safe_load(write_parameters(trials, found))
    assert content["run"]["params"]["finetuning"]["topic"] == {
        "adapter": {"rank": best["adapter.rank"]},
        "training": {
            "head_learning_rate": best["training.head_learning_rate"],
            "num_steps": best["training.num_steps"],
        },
    }
    assert report_search(trials, found)["best"]["trial"] == best["trial"]
    reason = report_scaling_law(trials, ScalingLawConfig())["reason"]
    assert "3 sizes, there are 0 of 0" in reason
