import pandas as pd
import pytest
from kedro.framework.hooks.manager import _create_hook_manager
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Node, Pipeline

from taojin.core.config import StageConfig
from taojin.core.errors import DataError
from taojin.datasets.atomic import AtomicJSONDataset, AtomicParquetDataset
from taojin.datasets.resources import LineageDataset, WorkspaceDataset
from taojin.runners.code_version import code_version
from taojin.runners.fingerprint_runner import FingerprintRunner

CALLS: list[str] = []


class Limit(StageConfig):
    at_most: int = 10


def look(world):
    CALLS.append("look")
    return world


def measure(numbers, workspace):
    assert workspace.is_dir()
    CALLS.append("measure")
    return pd.DataFrame({"n": numbers})


def decide(table, limit):
    CALLS.append("decide")
    return [int(n) for n in table["n"] if n <= limit.at_most]


def report(kept):
    CALLS.append("report")
    return {"num_kept": len(kept)}


PIPELINE = Pipeline(
    [
        Node(look, "world", "numbers", name="look", tags=["volatile"]),
        Node(measure, ["numbers", "workspace"], "table", name="measure"),
        Node(decide, ["table", "params:limit"], "kept", name="decide"),
        Node(report, "kept", "summary", name="report"),
    ]
)


def run(
    tmp_path, world=(1, 20, 3), limit: int | None = 10, pipeline=PIPELINE
) -> list[str]:
    CALLS.clear()
    catalog = DataCatalog(
        {
            "world": MemoryDataset(list(world)),
            "numbers": AtomicJSONDataset(filepath=str(tmp_path / "numbers.json")),
            "table": AtomicParquetDataset(filepath=str(tmp_path / "table.parquet")),
            "kept": AtomicJSONDataset(filepath=str(tmp_path / "kept.json")),
            "summary": AtomicJSONDataset(filepath=str(tmp_path / "summary.json")),
            "params:limit": MemoryDataset(Limit.model_construct(at_most=limit)),
            "workspace": WorkspaceDataset(filepath=str(tmp_path / "work")),
            "lineage": LineageDataset(filepath=str(tmp_path / "lineage")),
        }
    )
    FingerprintRunner().run(pipeline, catalog, _create_hook_manager(), run_id="r")
    return list(CALLS)


EVERYTHING = ["look", "measure", "decide", "report"]


def test_a_second_run_only_looks_at_the_world(tmp_path):
    assert run(tmp_path) == EVERYTHING
    assert run(tmp_path) == ["look"]


def test_a_changed_parameter_runs_what_depends_on_it(tmp_path):
    run(tmp_path)
    assert run(tmp_path, limit=2) == ["look", "decide", "report"]


def test_the_wave_stops_where_the_result_is_the_same(tmp_path):
    run(tmp_path)
    assert run(tmp_path, limit=11) == ["look", "decide"]


def test_a_changed_world_runs_what_depends_on_it(tmp_path):
    run(tmp_path)
    assert run(tmp_path, world=(1, 20, 4)) == EVERYTHING


@pytest.mark.parametrize(
    ("name", "expected"),
    [("table.parquet", ["look", "measure"]), ("summary.json", ["look", "report"])],
)
def test_an_artifact_that_is_gone_is_made_again(tmp_path, name, expected):
    run(tmp_path)
    (tmp_path / name).unlink()
    assert run(tmp_path) == expected


def test_an_artifact_changed_by_hand_is_made_again(tmp_path):
    run(tmp_path)
    (tmp_path / "kept.json").write_text("[1]")
    assert run(tmp_path) == ["look", "decide"]


def test_a_damaged_record_runs_its_node(tmp_path):
    run(tmp_path)
    (tmp_path / "lineage" / "decide.json").write_text("{")
    assert run(tmp_path) == ["look", "decide"]


def test_a_failed_node_leaves_no_record_and_runs_next_time(tmp_path):
    run(tmp_path)
    with pytest.raises(TypeError):
        run(tmp_path, limit=None)  # nothing compares with null

    assert run(tmp_path, limit=10) == ["look", "decide"]


def test_changed_code_runs_the_node(tmp_path, monkeypatch):
    run(tmp_path)
    monkeypatch.setattr(
        "taojin.runners.fingerprint_runner.code_version",
        lambda function: (
            code_version(function) + function.__name__ * (function is report)
        ),
    )
    assert run(tmp_path) == ["look", "report"]


def test_an_input_that_was_never_made_is_named_with_its_command(tmp_path):
    last = PIPELINE.only_nodes("report")
    with pytest.raises(DataError, match=r"report needs kept.*--to-outputs=kept"):
        run(tmp_path, pipeline=last)
