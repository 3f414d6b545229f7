"""Promises about the project as a whole, checked without running it."""

import pytest
from kedro.config import OmegaConfigLoader
from kedro.framework.project import pipelines, settings
from kedro.framework.startup import bootstrap_project
from kedro.io import DataCatalog
from kedro.validation.parameter_validator import ParameterValidator

ENVIRONMENTS = ("base", "smoke", "gpu", "cluster")


def load_config(project_path, env) -> OmegaConfigLoader:
    bootstrap_project(project_path)
    return OmegaConfigLoader(
        str(project_path / "conf"), env=env, **settings.CONFIG_LOADER_ARGS
    )


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def config(request, project_path) -> OmegaConfigLoader:
    return load_config(project_path, request.param)


@pytest.fixture(scope="module")
def catalog(config) -> DataCatalog:
    return DataCatalog.from_config(config["catalog"])


def test_every_artifact_is_in_the_catalogue(catalog):
    named = pipelines["__default__"].datasets()
    artifacts = {name for name in named if not name.startswith("params:")}

    undeclared = {name for name in artifacts if name not in catalog}

    assert not undeclared, f"would live only in memory: {sorted(undeclared)}"


def test_every_parameter_is_configured(config):
    named = pipelines["__default__"].datasets()
    parameters = config["parameters"]
    missing = []
    for name in named:
        if name.startswith("params:"):
            value = parameters
            for key in name.removeprefix("params:").split("."):
                value = value.get(key) if isinstance(value, dict) else None
            if value is None:
                missing.append(name)
    assert not missing


def test_every_pipeline_alone_gets_its_parameters(config, project_path):
    # Kedro makes models in the order of the nodes, and cannot make a part of a stage's
    # settings when it has made the whole of them.
    bootstrap_project(project_path)
    for name, pipeline in pipelines.items():
        found = ParameterValidator({name: pipeline}).validate_raw_params(
            config["parameters"]
        )
        assert found, name


def test_every_artifact_names_its_layer(config):
    folders = {
        "intermediate": "02_", "primary": "03_", "feature": "04_", "model_input": "05_",
        "models": "06_", "model_output": "07_", "reporting": "08_",
    }  # fmt: skip
    for name, entry in config["catalog"].items():
        location = entry.get("filepath") or entry.get("path")
        layer = (entry.get("metadata") or {}).get("kedro-viz", {}).get("layer")
        if layer is not None:
            assert f"/{folders[layer]}{layer}/" in f"{location}/", name


def test_every_node_is_namespaced_and_placed(project_path):
    bootstrap_project(project_path)
    for node in pipelines["__default__"].nodes:
        assert node.namespace, f"{node.name} has no namespace"
        assert node.tags & {"cpu", "gpu"}, f"{node.name} is tagged neither cpu nor gpu"


def test_every_stage_of_the_main_job_is_registered(project_path):
    bootstrap_project(project_path)
    assert {
        "ingestion", "curation", "features", "pretraining", "finetuning",
        "generation", "evaluation", "release",
    } <= set(pipelines)  # fmt: skip
