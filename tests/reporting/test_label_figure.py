import json
import subprocess
import sys

from taojin.reporting.label_figure import label_efficiency_figure


def test_the_curves_have_their_intervals_over_doublings():
    accuracy = {"value": 0.5, "low": 0.4, "high": 0.7, "num_samples": 9}
    report = {
        "systems": {
            "self_trained": [
                {"num_labels": 10, "accuracy": accuracy},
                {"num_labels": 20, "accuracy": None},
            ]
        }
    }

    figure = json.loads(str(label_efficiency_figure(report).to_json()))

    (trace,) = figure["data"]
    assert (trace["name"], trace["x"], trace["y"]) == ("self trained", [10], [0.5])
    assert [round(value, 6) for value in trace["error_y"]["array"]] == [0.2]
    assert [round(value, 6) for value in trace["error_y"]["arrayminus"]] == [0.1]
    assert figure["layout"]["xaxis"]["type"] == "log"


def test_nothing_measured_is_an_empty_figure():
    assert json.loads(str(label_efficiency_figure({}).to_json()))["data"] == []


def test_plotly_is_loaded_only_when_the_figure_is_drawn():
    code = (
        "import sys, taojin.reporting.label_figure\nsys.exit('plotly' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
