"""Section 6: what was measured, beside its baselines."""

from collections.abc import Iterator, Mapping
from typing import Any

from taojin.core.numbers import (
    estimate_of,
    format_bytes,
    format_count,
    format_share,
)
from taojin.reporting.charts.forest import Row, forest_plot
from taojin.reporting.comparisons import (
    FINETUNED,
    PRETRAINED,
    compare,
    finite_estimates,
)
from taojin.reporting.inputs import Report, part_of, rows_of
from taojin.reporting.texts import Texts

_MAX_ROWS = 12


def view_scores(evaluation: Report | None, say: Texts) -> dict[str, Any] | None:
    """Prepare the scores; None if nothing was evaluated."""
    if not evaluation:
        return None
    return {
        "bits": _bits(evaluation, say),
        "tasks": [
            view
            for name, task in part_of(evaluation, "tasks").items()
            if task
            for view in _task(name, task, say)
        ],
        "diversity": list(_diversity(evaluation, say)),
        "diversity_note": _diversity_note(evaluation, say),
        "legality": _legality(evaluation, say),
    }


def _bits(evaluation: Report, say: Texts) -> dict[str, Any] | None:
    held_out = part_of(evaluation, "held_out")
    scores = part_of(held_out, "bits_per_byte")
    title = say("scores.bits")
    chart = _plot(title, scores, PRETRAINED, say, lower_is_better=True)
    if chart is None:
        return None
    documents = say.count(held_out.get("num_documents") or 0, "document")
    size = format_bytes(held_out.get("num_bytes"))
    comparison = compare(scores, PRETRAINED, lower_is_better=True)
    verdict = ""
    if comparison:
        verdict = say(
            f"scores.bits_{comparison.outcome}",
            share=format_share(comparison.relative_gap),
            baseline=say.name(comparison.baseline_name),
        )
    note = say("scores.bits_note", documents=f"{documents} ({size})")
    return {"title": title, "note": note, "chart": chart, "verdict": verdict}


def _task(name: str, task: Report, say: Texts) -> Iterator[dict[str, Any]]:
    examples = say.count(task.get("num_examples") or 0, "example")
    note = say("scores.task_note", examples=examples)
    if task.get("num_classes"):
        classes = format_count(task["num_classes"])
        note = say("scores.task_classes", examples=examples, classes=classes)
    metrics = [(str(task.get("metric") or "score"), task.get("scores"))]
    metrics.append(("macro_f1", task.get("macro_f1")))
    for metric, scores in metrics:
        title = say("scores.task", task=name, metric=say.name(metric))
        chart = _plot(title, scores, FINETUNED, say)
        if chart is None:
            continue
        comparison = compare(scores, FINETUNED, lower_is_better=False)
        verdict = ""
        if comparison:
            baseline = say.name(comparison.baseline_name)
            verdict = say(f"scores.task_{comparison.outcome}", baseline=baseline)
        yield {"title": title, "note": note, "chart": chart, "verdict": verdict}
    bits = task.get("bits_per_byte")
    title = say("scores.task", task=name, metric=say.name("bits_per_byte"))
    chart = _plot(title, bits, FINETUNED, say, lower_is_better=True)
    if chart is not None:
        note = say("scores.task_bits_note")
        yield {"title": title, "note": note, "chart": chart, "verdict": ""}


def _plot(
    title: str,
    scores: Mapping[str, Any] | None,
    main: str,
    say: Texts,
    *,
    lower_is_better: bool = False,
) -> str | None:
    """Draw the model first, then its rivals, the best of them first."""
    estimates = finite_estimates(scores)
    sign = 1 if lower_is_better else -1
    names = sorted(
        estimates, key=lambda name: (name != main, sign * estimates[name].value)
    )
    rows = [
        Row(say.name(name), estimates[name], is_main=name == main)
        for name in names[:_MAX_ROWS]
    ]
    return forest_plot(title, rows) if rows else None


def _diversity(evaluation: Report, say: Texts) -> Iterator[dict[str, Any]]:
    measures = part_of(evaluation, "samples", "diversity")
    for name, pair in measures.items():
        if not isinstance(pair, Mapping):  # how it was measured, not what
            continue
        title = say.name(name)
        chart = _plot(title, pair, "generated", say)
        if chart is not None:
            yield {"title": title, "chart": chart}


def _diversity_note(evaluation: Report, say: Texts) -> str:
    num_samples = part_of(evaluation, "samples").get("num_samples") or 0
    return say("scores.diversity_note", samples=say.count(num_samples, "sample"))


def _legality(evaluation: Report, say: Texts) -> dict[str, Any] | None:
    legality = part_of(evaluation, "samples", "legality")
    if not legality:
        return None
    longest = legality.get("longest_copy_tokens")
    tokens = say.count(longest, "token") if longest is not None else format_count(None)
    kinds = ", ".join(
        f"{row['kind']} ({format_count(row['num_found'])})"
        for row in rows_of(legality, "personal_data")
        if row["num_found"]
    )
    found = say("scores.leak_kinds", kinds=kinds) if kinds else say("scores.no_leaks")
    return {
        "facts": [
            (*_rate(legality.get("verbatim_copy_rate")), say("scores.copies")),
            (tokens, "", say("scores.longest")),
            (*_rate(legality.get("personal_data_rate")), say("scores.leaks")),
        ],
        "found": found,
    }


def _rate(raw: Any) -> tuple[str, str]:
    """A proportion and its interval, in per cent."""
    rate = estimate_of(raw)
    if rate is None:
        return format_share(None), ""
    interval = f"[{format_share(rate.low)}, {format_share(rate.high)}]"
    return format_share(rate.value), interval
