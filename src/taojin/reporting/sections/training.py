"""Section 4: how training went."""

import math
from collections.abc import Mapping
from typing import Any

from taojin.core.numbers import format_number, format_seconds
from taojin.reporting.charts.lines import Point, Series, line_chart, thin
from taojin.reporting.inputs import History, Report
from taojin.reporting.settings_table import settings_rows
from taojin.reporting.texts import Texts

_MAX_POINTS = 240


def view_training(
    pretraining: History | None,
    finetuning: Mapping[str, History],
    model: Report,
    say: Texts,
) -> dict[str, Any] | None:
    """Prepare the loss curves; None if nothing was trained."""
    if not pretraining and not any(finetuning.values()):
        return None
    curves = [
        {"task": task, "chart": loss_chart(history, _task_title(task, say), say)}
        for task, history in finetuning.items()
        if history
    ]
    view: dict[str, Any] = {"lead": say("training.no_pretraining"), "chart": None}
    view |= {"thinned": "", "finetuning": curves, "model": settings_rows(model, say)}
    if pretraining:
        view["lead"] = _lead(pretraining, say)
        view["chart"] = loss_chart(pretraining, say("training.pretraining"), say)
        run = math.ceil(len(_points(pretraining, "train_loss")) / _MAX_POINTS)
        view["thinned"] = say("training.thinned", count=run) if run > 1 else ""
    return view


def loss_chart(history: History, title: str, say: Texts) -> str | None:
    """Draw training and validation loss by step; None without a finite reading."""
    train = thin(_points(history, "train_loss"), _MAX_POINTS)
    validation = _points(history, "validation_loss")
    series = [
        Series(say("training.train"), train, "quiet"),
        Series(say("training.validation"), thin(validation, 60), "main", has_dots=True),
    ]
    present = [line for line in series if line.points]
    if not present:
        return None
    return line_chart(title, present)


def _task_title(task: str, say: Texts) -> str:
    return say("training.finetuning", task=task)


def _points(history: History, loss: str) -> list[Point]:
    readings = [(row["step"], row.get(loss)) for row in history]
    return [
        (float(step), float(value))
        for step, value in readings
        if value is not None and math.isfinite(value)
    ]


def _lead(history: History, say: Texts) -> str:
    last = history[-1]
    size = {
        "steps": say.count(last["step"], "step"),
        "tokens": say.count(last.get("num_tokens") or 0, "token"),
        "time": format_seconds(last.get("seconds")),
    }
    validation = _points(history, "validation_loss")
    if not validation:
        return say("training.lead_plain", **size)
    first, final = (format_number(validation[end][1]) for end in (0, -1))
    return say("training.lead", first=first, last=final, **size)
