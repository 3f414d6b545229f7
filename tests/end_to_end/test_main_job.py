"""The main job as its user meets it: commands, what they print, what they leave."""

import hashlib
import json
import re
import signal
import sqlite3
import subprocess
import time
from contextlib import closing

import pytest

pytestmark = pytest.mark.slow

OUTSIDE = {
    "take_inventory", "take_evaluation_inventory", "train_quality_model",
    "take_candidate_inventory",
}  # fmt: skip
"""Steps that look at files outside of the catalogue, and so run every time."""


def test_it_ends_with_a_summary_and_the_path_of_the_report(finished):
    project, output = finished

    assert str(project.data / "08_reporting" / "report.html") in output
    for word in ("documents", "kept", "dropped", "bits per byte", "gate"):
        assert word in output.lower()


def test_it_connects_to_nothing(finished):
    project, _ = finished
    assert project.connections == ""


def test_every_record_is_accounted_for(finished):
    project, _ = finished
    ingested = project.json("08_reporting/ingestion_report.json")
    curated = project.json("08_reporting/curation_report.json")

    assert ingested["num_read"] == ingested["num_documents"] + ingested["num_rejected"]
    assert curated["num_documents"] == ingested["num_documents"]
    assert curated["num_kept"] + curated["num_dropped"] == curated["num_documents"]
    assert (
        sum(rule["num_dropped"] for rule in curated["rules"]) == curated["num_dropped"]
    )


def test_the_report_is_self_contained(finished):
    project, _ = finished
    html = (project.data / "08_reporting/report.html").read_text(encoding="utf-8")

    assert html.lower().startswith("<!doctype html>")
    remote = re.findall(
        r"""(?:src|href|action)\s*=\s*["']?(?:https?:)?//[^"'\s>]+""", html
    )
    assert not remote
    assert not re.findall(r"@import|url\(\s*['\"]?(?:https?:)?//", html)


def test_a_second_run_does_nothing_but_say_what_is_up_to_date(project):
    before = content_of(project)

    output = project.run()

    assert set(project.executed(output)) == OUTSIDE
    assert output.count("Up to date: ") > 10
    assert content_of(project) == before
    assert num_mlflow_runs(project) == 1


def content_of(project) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for layer in ("02_intermediate", "03_primary", "06_models", "08_reporting")
        for path in (project.data / layer).rglob("*")
        if path.is_file()
    }


def num_mlflow_runs(project) -> int:
    with closing(sqlite3.connect(project.data / "mlflow.db")) as database:
        return database.execute("select count(*) from runs").fetchone()[0]


def test_the_run_is_tracked_field_by_field(finished):
    project, _ = finished
    with closing(sqlite3.connect(project.data / "mlflow.db")) as database:
        params = dict(database.execute("select key, value from params"))
        metrics = {name for (name,) in database.execute("select key from metrics")}
        tags = dict(database.execute("select key, value from tags"))
        inputs = {name for (name,) in database.execute("select name from datasets")}
        models = [
            name for (name,) in database.execute("select name from logged_models")
        ]

    assert params["pretraining.training.num_steps"] == "60"
    assert {"pretraining/train_loss", "pretraining/validation_loss"} <= metrics
    assert "evaluation/held_out.bits_per_byte.pretrained" in metrics
    assert any(name.startswith("system/") for name in metrics)
    assert len(tags["git_commit"]) == 40
    assert {"raw_documents", "curated_documents", "token_shards"} <= inputs
    assert models == ["language_model"]


def test_a_changed_threshold_replays_decisions_not_signals(project):
    longer = {"name": "longer", "signal": "num_words", "at_least": 60}
    changed = {"curation": {"rules": {"thresholds": [longer]}}}
    project.configure("parameters_curation.yml", changed)

    output = project.run("--to-outputs=document_splits")

    executed = [name for name in project.executed(output) if name not in OUTSIDE]
    assert executed == [
        "judge_documents",
        "find_repeated_text",
        "settle_decisions",
        "apply_decisions",
        "split_documents",
    ]


@pytest.fixture
def interrupted(empty_project):
    """A run killed with SIGKILL when pretraining has written a checkpoint."""
    checkpoints = empty_project.data / "06_models/checkpoints/pretraining"
    command, environment = empty_project.command(*empty_project.run_arguments)
    run = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 300
    while not list(checkpoints.rglob("step*/*.safetensors")):
        assert run.poll() is None, "the run ended before a checkpoint was written"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    run.send_signal(signal.SIGKILL)
    run.wait()
    return empty_project


def test_a_killed_pretraining_goes_on_from_its_last_checkpoint(interrupted, finished):
    output = interrupted.run("--to-outputs=pretrained_model")

    before = set(project_nodes_before_pretraining(interrupted, output))
    assert before == OUTSIDE - {"take_candidate_inventory"}
    assert re.search(r"going on from step [1-9]\d* of 60", output)
    whole, _ = finished
    weights = "06_models/pretrained_model/model.safetensors"
    assert (interrupted.data / weights).read_bytes() == (
        whole.data / weights
    ).read_bytes()


def project_nodes_before_pretraining(project, output) -> list[str]:
    names = project.executed(output)
    return names[: names.index("pretrain_language_model")]


def test_a_broken_source_is_one_clear_error(empty_project):
    empty_project.configure(
        "sources.yml",
        {
            "sources": {
                "news": {"kind": "jsonl"},
                "notes": {"kind": "txt", "location": "data/01_raw/notes"},
                "orders": {"kind": "csv", "location": "x.csv", "fields": {"body": "b"}},
            }
        },
    )

    done = empty_project.try_run()

    assert done.returncode != 0
    message = done.stderr + done.stdout
    for word in ("news", "location", "notes", "txt", "orders", "body"):
        assert word in message
    assert not list(empty_project.data.rglob("*.parquet"))


def test_a_missing_file_is_one_clear_error(empty_project):
    place = "/nowhere/news-*.jsonl"
    missing = {"kind": "jsonl", "location": place, "purposes": ["commercial"]}
    empty_project.configure(
        "sources.yml",
        {"sources": {"python_documentation": None, "news": missing}},
    )

    done = empty_project.try_run()

    assert done.returncode != 0
    assert "news" in done.stderr + done.stdout
    assert place in done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout


def test_a_wrong_parameter_name_is_one_clear_error(empty_project):
    done = empty_project.try_run("--params=pretraining.training.lerning_rate=0.1")

    assert done.returncode != 0
    assert "lerning_rate" in done.stderr + done.stdout
    assert not list(empty_project.data.rglob("*.parquet"))


def test_a_corrupt_parquet_file_is_one_clear_error(project):
    part = next((project.data / "03_primary/curated_documents").glob("*.parquet"))
    part.write_bytes(part.read_bytes()[:100])

    done = project.try_run("--pipelines=features", "--params=features.splits.seed=1")

    assert done.returncode != 0
    assert str(part) in done.stderr + done.stdout


def test_each_stage_runs_alone_on_what_is_there(project):
    for stage in ("curation", "features", "evaluation", "release"):
        output = project.run(f"--pipelines={stage}")
        assert set(project.executed(output)) <= OUTSIDE


def test_the_project_can_be_listed(finished):
    project, _ = finished
    listed = project.kedro("registry", "list")
    assert listed.returncode == 0
    assert "pretraining" in listed.stdout


def test_the_lineage_is_drawn_with_folding_stages_and_layers(finished, monkeypatch):
    project, _ = finished
    # Kedro-Viz has no option for the environment; this is Kedro's own switch.
    monkeypatch.setenv("KEDRO_ENV", "smoke")
    built = project.kedro("viz", "build", "--include-previews", cwd=project.copy_root())
    assert built.returncode == 0, built.stdout + built.stderr

    graph = json.loads((project.folder / "root/build/api/main").read_text())

    folding = {"text", "text.curation", "text.pretraining", "release"}
    assert folding <= set(graph["modular_pipelines"])
    assert graph["layers"][0] == "intermediate"
    assert graph["layers"][-1] == "reporting"
    nodes = {node["name"]: node["id"] for node in graph["nodes"]}
    for name, kind in (("signals", "TablePreview"), ("loss_figure", "PlotlyPreview")):
        shown = project.folder / "root/build/api/nodes" / nodes[name]
        assert json.loads(shown.read_text())["preview_type"] == kind
