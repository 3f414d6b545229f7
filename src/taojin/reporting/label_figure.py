"""The label efficiency curve for Kedro-Viz, as Plotly draws it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from taojin.core.numbers import estimate_of
from taojin.reporting.inputs import Report, part_of

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def label_efficiency_figure(report: Report) -> Figure:
    """Draw accuracy by number of labels, a line a system, with intervals.

    Args:
        report: ``systems``: by name, rows with ``num_labels`` and ``accuracy``, an
            estimate; without any the figure is empty.
    """
    # Plotly takes a second to import, and only a browser wants it.
    from plotly.graph_objects import Figure

    traces = [
        _trace(str(name), rows) for name, rows in part_of(report, "systems").items()
    ]
    figure = Figure(data=traces)
    figure.update_layout(
        template="plotly_white",
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        xaxis={"title": {"text": "labels"}, "type": "log", "automargin": True},
        yaxis={"title": {"text": "accuracy on test"}, "automargin": True},
        legend={"orientation": "h", "y": 1.1},
    )
    return figure


def _trace(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    points = [
        (row["num_labels"], estimate)
        for row in rows
        if (estimate := estimate_of(row.get("accuracy"))) is not None
    ]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name.replace("_", " "),
        "x": [number for number, _ in points],
        "y": [estimate.value for _, estimate in points],
        "error_y": {
            "type": "data",
            "array": [estimate.high - estimate.value for _, estimate in points],
            "arrayminus": [estimate.value - estimate.low for _, estimate in points],
        },
    }
