"""The tuning stage: what it promises to the project, without running it."""

from typing import Any

import pandas as pd
import pytest
import yaml
from kedro.config import OmegaConfigLoader
from kedro.framework.cli.project import run
from kedro.framework.project import pipelines, settings
from kedro.framework.startup import bootstrap_project
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from taojin.core.errors import EmptyStageError
from taojin.engines import EngineConfig
from taojin.models.config import LanguageModelConfig
from taojin.models.storage import save_model
from taojin.pipelines.tuning import create_topic_pipeline
from taojin.training.config import PretrainingConfig, TrainingConfig
from taojin.training.finetuning_config import ClassifierFinetuningConfig
from taojin.training.pretraining import new_language_model
from taojin.training.tuning.config import TuningConfig
from taojin.training.tuning.records import ListRecorder
from taojin.training.tuning.space import SearchSpace
from taojin.training.tuning.winner import write_parameters

SETTINGS = {
    "pretraining": PretrainingConfig,
    "finetuning.topic": ClassifierFinetuningConfig,
}


@pytest.fixture(scope="module", params=["base", "smoke", "gpu"])
def config(request, project_path):
    bootstrap_project(project_path)
    return OmegaConfigLoader(
        str(project_path / "conf"), env=request.param, **settings.CONFIG_LOADER_ARGS
    )


def test_tuning_runs_only_when_it_is_named(project_path):
    bootstrap_project(project_path)
    names = {node.name for node in pipelines["tuning"].nodes}
    assert "text.tuning.search_hyperparameters" in names
    assert not names & {node.name for node in pipelines["__default__"].nodes}


def test_every_artifact_is_in_the_catalogue(config):
    catalog = DataCatalog.from_config(config["catalog"])
    registered = {"tuning", "topic_tuning"} & set(pipelines)
    named = {one for name in registered for one in pipelines[name].datasets()}
    missing = [
        name for name in named if not name.startswith("params:") and name not in catalog
    ]
    assert not missing


def test_the_configured_space_fits_the_configured_settings(config):
    parameters = config["parameters"]
    pretraining = SearchSpace(
        TuningConfig.model_validate(parameters["tuning"]),
        PretrainingConfig.model_validate(parameters["pretraining"]),
    )
    topic = SearchSpace(
        TuningConfig.model_validate(parameters["topic_tuning"]),
        ClassifierFinetuningConfig.model_validate(parameters["finetuning"]["topic"]),
        "finetuning.topic",
    )
    assert pretraining.distributions()
    assert topic.distributions()


@pytest.mark.parametrize("form", ["--config", "--params"])
@pytest.mark.parametrize("path", ["pretraining", "finetuning.topic"])
def test_kedro_takes_the_winner_as_a_file_and_as_a_line(
    project_path, tmp_path, path, form
):
    """The file is read by Kedro's own command line and its loader of settings."""
    bootstrap_project(project_path)
    own = "model.depth" if path == "pretraining" else "adapter.rank"
    found = {"training.head_learning_rate": 0.0125, "training.num_steps": 7, own: 3}
    dimensions = [{"path": name, "choices": [one]} for name, one in found.items()]
    training = TrainingConfig(num_steps=5, batch_size=4)
    base = (
        PretrainingConfig(model=LanguageModelConfig(), training=training)
        if path == "pretraining"
        else ClassifierFinetuningConfig(training=training)
    )
    config = TuningConfig.model_validate({"space": dimensions})
    trials = pd.DataFrame([{"trial": 0, "state": "complete", **found}]).assign(
        validation_loss=1.0
    )
    content = write_parameters(trials, SearchSpace(config, base, path))
    if form == "--config":
        given = tmp_path / "winner.yml"
        given.write_text(content, encoding="utf-8")
    else:
        given = content.splitlines()[2].split("--params=")[1]
    context = run.make_context("run", [f"{form}={given}"])
    loaded: Any = OmegaConfigLoader(
        str(project_path / "conf"),
        env="base",
        runtime_params=context.params["params"],
        **settings.CONFIG_LOADER_ARGS,
    )["parameters"]
    for name in path.split("."):
        loaded = loaded[name]
    run_with = SETTINGS[path].model_validate(loaded).model_dump()
    for name, value in found.items():
        section, setting = name.split(".")
        assert run_with[section][setting] == value
    assert run_with["training"]["batch_size"] > 4


def test_a_corpus_without_topics_is_told_so(tmp_path):
    examples = pd.DataFrame(columns=["text", "label", "split"])
    node = create_topic_pipeline().nodes[0]
    with pytest.raises(EmptyStageError, match="no labelled examples to finetune on"):
        node.func(examples, tmp_path, None, None, None, None, tmp_path)


@pytest.mark.slow
def test_the_winner_of_a_search_over_topics_is_a_run_configuration(
    byte_tokenizer, tmp_path
):
    shape = LanguageModelConfig(depth=1, width=32, context_length=32).shape(257)
    base = tmp_path / "base"
    save_model(new_language_model(shape, seed=9), base, byte_tokenizer.to_str())
    words = {"fruit": "pear", "metal": "zinc"}
    examples = pd.DataFrame(
        [
            {"text": f"{word} {number}", "label": label, "split": split}
            for label, word in words.items()
            for split in ("train", "validation")
            for number in range(6)
        ]
    )
    rate = {"path": "training.head_learning_rate", "low": 0.001, "high": 0.1}
    training = TrainingConfig(num_steps=4, batch_size=4, num_threads=1)
    given = {
        "labelled_topics": examples,
        "pretrained_model": base,
        "params:engine": EngineConfig(num_workers=1),
        "tuning_recorder": ListRecorder(),
        "workspace": tmp_path,
        "params:topic_tuning": TuningConfig.model_validate(
            {"space": [rate], "num_trials": 2, "num_reports": 2}
        ),
        "params:finetuning.topic": ClassifierFinetuningConfig(
            max_tokens=16, training=training
        ),
    }
    catalog = DataCatalog({name: MemoryDataset(one) for name, one in given.items()})
    results = SequentialRunner().run(create_topic_pipeline(), catalog)
    winner = yaml.safe_load(results["tuned_topic_parameters"].load())
    assert list(winner["run"]["params"]["finetuning"]["topic"]) == ["training"]
    assert results["topic_tuning_report"].load()["num_trials"] == {"complete": 2}
