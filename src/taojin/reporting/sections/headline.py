"""The five numbers at the head of the report."""

from dataclasses import dataclass

from taojin.core.estimates import Estimate
from taojin.core.numbers import (
    MISSING,
    estimate_of,
    format_bytes,
    format_count,
    format_interval,
    format_number,
    format_share,
    share_of,
)
from taojin.reporting.comparisons import FINETUNED, PRETRAINED, compare
from taojin.reporting.inputs import Report, ReportInputs, part_of
from taojin.reporting.texts import Texts


@dataclass(frozen=True)
class Headline:
    """A number, what it is, and what to hold it against."""

    number: str
    meaning: str
    interval: str = ""
    note: str = ""


def headlines(inputs: ReportInputs, say: Texts) -> list[Headline]:
    """Choose and word the five numbers, measured or not."""
    return [
        *_data(inputs.curation, say),
        _bits(inputs.evaluation, say),
        _task(inputs.evaluation, say),
        _copies(inputs.evaluation, say),
    ]


def _data(curation: Report | None, say: Texts) -> list[Headline]:
    report = curation or {}
    kept, total = report.get("num_kept"), report.get("num_documents")
    num_bytes, all_bytes = report.get("num_bytes_kept"), report.get("num_bytes")
    documents_note = say(
        "headline.documents_note", kept=format_count(kept), total=format_count(total)
    )
    text_note = say(
        "headline.text_note",
        share=format_share(share_of(num_bytes, all_bytes)),
        total=format_bytes(all_bytes),
    )
    missing = say("headline.nothing")
    return [
        Headline(
            format_share(share_of(kept, total)),
            say("headline.documents"),
            note=documents_note if curation else missing,
        ),
        Headline(
            format_bytes(num_bytes),
            say("headline.text"),
            note=text_note if curation else missing,
        ),
    ]


def _bits(evaluation: Report | None, say: Texts) -> Headline:
    scores = part_of(evaluation, "held_out", "bits_per_byte")
    comparison = compare(scores, PRETRAINED, lower_is_better=True)
    note = ""
    if comparison:
        note = say(
            "headline.bits_note",
            baseline=say.name(comparison.baseline_name),
            value=format_number(comparison.baseline.value),
        )
    meaning = say("headline.bits")
    return _measured(estimate_of(scores.get(PRETRAINED)), meaning, note, say)


def _task(evaluation: Report | None, say: Texts) -> Headline:
    tasks = part_of(evaluation, "tasks")
    name = next((name for name, task in tasks.items() if task), "")
    task = tasks.get(name) or {}
    scores = task.get("scores") or {}
    comparison = compare(scores, FINETUNED, lower_is_better=False)
    note = ""
    if comparison:
        note = say(
            "headline.task_note",
            baseline=say.name(comparison.baseline_name),
            value=format_number(comparison.baseline.value),
        )
    metric = say.name(str(task.get("metric") or "score"))
    meaning = say("headline.task", metric=metric, task=name)
    if not name:
        meaning = say("headline.no_task")
    return _measured(estimate_of(scores.get(FINETUNED)), meaning, note, say)


def _copies(evaluation: Report | None, say: Texts) -> Headline:
    legality = part_of(evaluation, "samples", "legality")
    rate = estimate_of(legality.get("verbatim_copy_rate"))
    meaning = say("headline.copies")
    if rate is None:
        return _measured(None, meaning, "", say)
    longest = legality.get("longest_copy_tokens")
    note = ""
    if longest is not None:
        note = say("headline.copies_note", tokens=say.count(longest, "token"))
    interval = f"[{format_share(rate.low)}, {format_share(rate.high)}]"
    return Headline(format_share(rate.value), meaning, interval, note)


def _measured(
    estimate: Estimate | None, meaning: str, note: str, say: Texts
) -> Headline:
    if estimate is None:
        return Headline(MISSING, meaning, note=say("headline.nothing"))
    number = format_number(estimate.value)
    return Headline(number, meaning, format_interval(estimate), note)
