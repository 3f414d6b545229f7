import pytest
from kedro.framework.project import pipelines
from kedro.framework.startup import bootstrap_project

from taojin.runners.session import usual_namespaces


@pytest.fixture(autouse=True)
def _project(project_path):
    bootstrap_project(project_path)


def test_a_stage_of_several_modalities_is_that_of_text():
    assert usual_namespaces(["pretraining"]) == ["text"]
    assert usual_namespaces(["evaluation", "release"]) == ["release", "text"]


def test_a_modality_that_is_named_runs_whole():
    assert usual_namespaces(["image"]) is None
    roots = {node.namespace.split(".")[0] for node in pipelines["image"].nodes}
    assert roots == {"image"}


@pytest.mark.parametrize("name", ["image", "topic_tuning"])
def test_what_is_no_package_is_found_when_it_alone_is_asked_for(name):
    pipelines.set_requested([name])
    try:
        assert len(pipelines[name].nodes)
    finally:
        pipelines.set_requested(None)


def test_a_pipeline_of_one_namespace_is_left_alone():
    assert usual_namespaces(["release"]) is None
    assert usual_namespaces(["no_such_pipeline"]) is None


def test_the_main_job_holds_no_other_modality():
    assert usual_namespaces(["__default__"]) is None
