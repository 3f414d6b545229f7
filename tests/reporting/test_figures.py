import json
import subprocess
import sys
from typing import Any

from taojin.reporting.figures import loss_figure, scores_figure, waterfall_figure


def plain(figure: Any) -> dict[str, Any]:
    return json.loads(figure.to_json())


def test_the_loss_figure_has_both_curves_without_gaps(
    history: list[dict[str, Any]],
) -> None:
    train, validation = plain(loss_figure(history))["data"]
    assert len(train["x"]) == len(history)
    assert validation["x"] == [10, 100, 200, 300]
    assert None not in validation["y"]


def test_an_empty_history_has_an_empty_figure() -> None:
    assert [trace["y"] for trace in plain(loss_figure([]))["data"]] == [[], []]


def test_the_waterfall_adds_up(curation: dict[str, Any]) -> None:
    trace = plain(waterfall_figure(curation))["data"][0]
    assert sum(trace["x"][:-1]) == trace["x"][-1] == curation["num_kept"]
    assert len(trace["x"]) == len(trace["y"]) == len(trace["measure"])


def test_scores_have_their_intervals(evaluation: dict[str, Any]) -> None:
    traces = plain(scores_figure(evaluation))["data"]
    assert len(traces) == 3
    bits = traces[0]
    assert bits["x"][0] == 1.523
    assert round(bits["error_x"]["array"][0], 3) == 0.031
    assert round(bits["error_x"]["arrayminus"][0], 3) == 0.031


def test_tasks_that_were_skipped_are_left_out(evaluation: dict[str, Any]) -> None:
    evaluation["tasks"] = {"topic": None}
    assert len(plain(scores_figure(evaluation))["data"]) == 1
    assert plain(scores_figure({}))["data"] == []


def test_plotly_is_loaded_only_when_a_figure_is_drawn() -> None:
    code = (
        "import sys, taojin.reporting.figures, taojin.reporting.report\n"
        "sys.exit('plotly' in sys.modules or 'torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
