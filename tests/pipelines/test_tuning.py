"""The tuning stage: what it promises to the project, without running it."""

import pytest
from kedro.config import OmegaConfigLoader
from kedro.framework.project import pipelines, settings
from kedro.framework.startup import bootstrap_project
from kedro.io import DataCatalog

from taojin.training.config import PretrainingConfig
from taojin.training.tuning.config import TuningConfig
from taojin.training.tuning.space import SearchSpace


@pytest.fixture(scope="module", params=["base", "smoke", "gpu"])
def config(request, project_path):
    bootstrap_project(project_path)
    return OmegaConfigLoader(
        str(project_path / "conf"), env=request.param, **settings.CONFIG_LOADER_ARGS
    )


def test_tuning_runs_only_when_it_is_named(project_path):
    bootstrap_project(project_path)
    names = {node.name for node in pipelines["tuning"].nodes}
    assert "tuning.search_hyperparameters" in names
    assert not names & {node.name for node in pipelines["__default__"].nodes}


def test_every_artifact_is_in_the_catalogue(config):
    catalog = DataCatalog.from_config(config["catalog"])
    named = pipelines["tuning"].datasets()
    missing = [
        name for name in named if not name.startswith("params:") and name not in catalog
    ]
    assert not missing


def test_the_configured_space_fits_the_configured_settings(config):
    parameters = config["parameters"]
    space = SearchSpace(
        TuningConfig.model_validate(parameters["tuning"]),
        PretrainingConfig.model_validate(parameters["pretraining"]),
    )
    assert space.distributions()
