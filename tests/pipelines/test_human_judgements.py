"""Filled-in tables of a study, from their folder to the page."""

import pytest
from kedro.config import OmegaConfigLoader
from kedro.framework.project import pipelines, settings
from kedro.framework.startup import bootstrap_project
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from taojin.core.errors import SourceReadError
from taojin.datasets.atomic import AtomicJSONDataset, AtomicTextDataset
from taojin.datasets.directories import FolderDataset, ModelDataset
from taojin.evaluation.config import EvaluationConfig
from taojin.evaluation.human import StudyConfig, make_study, text_checks
from taojin.pipelines.human_judgements import create_pipeline

MODELS = {name: [f"{name} {n}" for n in range(20)] for name in ("ours", "rival")}


def study():
    real = [f"{number} a sentence that people wrote" for number in range(20)]
    config = StudyConfig(num_repeats=3, num_checks=5, question="Which is human?")
    return make_study(MODELS, config, text_checks(real, 5, 0))


def right_answer(pair):
    """That of a judge who always prefers ours, and what is whole."""
    return "a" if pair.a in {"ours", "good"} else "b"


def write_table(folder, judge, answer):
    lines = [f"{judge},{pair.pair_id},{answer(pair)}" for pair in study().key.pairs]
    folder.mkdir(exist_ok=True)
    content = "\n".join(["judge,pair_id,answer", *lines, ""])
    (folder / f"{judge}.csv").write_text(content, encoding="utf-8")


def run(folder):
    config = EvaluationConfig.model_validate(
        {
            "intervals": {"num_resamples": 100},
            "human": {"judgements": str(folder / "judgements")},
        }
    )
    catalog = DataCatalog(
        {
            "params:evaluation": MemoryDataset(config),
            "params:evaluation.human": MemoryDataset(config.human),
            "human_study_key": MemoryDataset(study().key.model_dump(mode="json")),
            "human_report": AtomicJSONDataset(filepath=f"{folder}/report.json"),
            "human_page": AtomicTextDataset(filepath=f"{folder}/page.html"),
        }
    )
    SequentialRunner().run(create_pipeline(), catalog)
    return catalog.load("human_report"), catalog.load("human_page")


def test_tables_become_a_report_and_a_page(tmp_path):
    write_table(tmp_path / "judgements", "ann", right_answer)
    write_table(tmp_path / "judgements", "bob", right_answer)
    write_table(tmp_path / "judgements", "lazy", lambda _: "a")

    report, page = run(tmp_path)

    assert list(report["strengths"]) == ["ours", "rival"]
    assert report["num_judges"] == 2
    assert report["attention"]["ann"]["num_answers"] == len(study().key.pairs)
    assert list(report["excluded"]) == ["lazy"]
    assert "“Which is human?”" in page
    assert "no: failed_checks" in page
    assert "<script" not in page


def test_an_empty_folder_is_told_before_anything_is_read(tmp_path):
    with pytest.raises(SourceReadError, match=r"holds no \*\.csv"):
        run(tmp_path)


@pytest.mark.parametrize("name", ["human_judgements", "human_study"])
def test_its_artifacts_are_in_the_catalogue(project_path, name):
    bootstrap_project(project_path)
    config = OmegaConfigLoader(
        str(project_path / "conf"), env="base", **settings.CONFIG_LOADER_ARGS
    )
    catalog = DataCatalog.from_config(config["catalog"])
    missing = [
        one
        for one in pipelines[name].datasets()
        if not one.startswith("params:") and one not in catalog
    ]
    assert not missing
    folder = catalog.get("human_study")
    assert isinstance(folder, FolderDataset)
    assert not isinstance(folder, ModelDataset)
