"""Figures for Kedro-Viz, which shows what Plotly draws beside its node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from taojin.reporting.comparisons import finite_estimates
from taojin.reporting.inputs import History, Report, part_of, rows_of
from taojin.reporting.texts import ENGLISH, Texts

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_MAIN, _QUIET, _LOSS = "#b5800b", "#6d8299", "#b4573e"
_SAY = Texts(ENGLISH)


def loss_figure(history: History) -> Figure:
    """Draw training and validation loss by step.

    Args:
        history: Rows with ``step``, ``train_loss`` and ``validation_loss``; a null
            is left out.
    """
    names = {"train_loss": "training.train", "validation_loss": "training.validation"}
    colours = {"train_loss": _QUIET, "validation_loss": _MAIN}
    traces = []
    for loss, name in names.items():
        read = [
            (row["step"], row[loss]) for row in history if row.get(loss) is not None
        ]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers" if loss == "validation_loss" else "lines",
                "name": _SAY(name),
                "x": [step for step, _ in read],
                "y": [value for _, value in read],
                "line": {"color": colours[loss]},
            }
        )
    return _figure(traces, x=_SAY("training.step"), y=_SAY("training.pretraining"))


def waterfall_figure(curation_report: Report) -> Figure:
    """Draw how many documents every rule dropped, and how many were left."""
    rules = rows_of(curation_report, "rules")
    names = [_SAY("dropped.came_in"), *(rule["rule"] for rule in rules)]
    steps = [
        curation_report["num_documents"],
        *(-rule["num_dropped"] for rule in rules),
    ]
    trace = {
        "type": "waterfall",
        "orientation": "h",
        "y": [*names, _SAY("dropped.kept")],
        "x": [*steps, curation_report["num_kept"]],
        "measure": ["absolute", *("relative" for _ in rules), "total"],
        "decreasing": {"marker": {"color": _LOSS}},
        "totals": {"marker": {"color": _MAIN}},
    }
    figure = _figure([trace], x=_SAY("came_in.documents"), y="")
    figure.update_yaxes(autorange="reversed")
    return figure


def scores_figure(evaluation_report: Report) -> Figure:
    """Draw every score of the model and its baselines with its interval."""
    groups: list[tuple[str, Any]] = [
        (_SAY("scores.bits"), part_of(evaluation_report, "held_out", "bits_per_byte"))
    ]
    for task, report in part_of(evaluation_report, "tasks").items():
        metric = _SAY.name(str((report or {}).get("metric")))
        title = _SAY("scores.task", task=task, metric=metric)
        groups.append((title, (report or {}).get("scores")))
    traces = [_interval_trace(title, scores) for title, scores in groups if scores]
    return _figure(traces, x="", y="")


def _interval_trace(title: str, scores: Report) -> dict[str, Any]:
    estimates = finite_estimates(scores)
    values = [estimate.value for estimate in estimates.values()]
    above = [estimate.high - estimate.value for estimate in estimates.values()]
    below = [estimate.value - estimate.low for estimate in estimates.values()]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": title,
        "x": values,
        "y": [f"{_SAY.name(name)} · {title}" for name in estimates],
        "error_x": {"type": "data", "array": above, "arrayminus": below},
    }


def _figure(traces: list[dict[str, Any]], *, x: str, y: str) -> Figure:
    # Plotly takes a second to import, and only a browser wants it.
    from plotly.graph_objects import Figure

    figure = Figure(data=traces)
    figure.update_layout(
        template="plotly_white",
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        xaxis={"title": {"text": x}, "automargin": True},
        yaxis={"title": {"text": y}, "automargin": True},
        legend={"orientation": "h", "y": 1.1},
    )
    return figure
