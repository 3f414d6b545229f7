"""The closing lines of a run."""

from collections.abc import Iterator

from taojin.core.foreign_text import make_visible, shorten
from taojin.core.numbers import (
    estimate_of,
    format_bytes,
    format_count,
    format_estimate,
    format_number,
    format_share,
    share_of,
)
from taojin.reporting.comparisons import FINETUNED, PRETRAINED, compare
from taojin.reporting.inputs import Report, ReportInputs, part_of, rows_of
from taojin.reporting.texts import ENGLISH, Texts
from taojin.reporting.verdict import verdict_of

_MAX_CHARS = 100

Line = tuple[str, str, str]
"""What, how much, and a note."""


def summarise_run(
    inputs: ReportInputs, report_path: str = "", texts: Texts | None = None
) -> str:
    """Say in about ten aligned lines what a run did.

    A part that did not run has no line. The text ends without a line feed.

    Args:
        inputs: The reports of the run. Not changed.
        report_path: Where the report page lies.
        texts: The language; English if null.
    """
    say = texts or Texts(ENGLISH)
    lines = [
        *_data_lines(inputs, say),
        *_score_lines(inputs, say),
        *_gate_lines(inputs, say),
    ]
    if report_path:
        lines.append((say("summary.report"), report_path, ""))
    run = str(inputs.provenance.get("run_id") or "")
    title = say("summary.title", run=run).strip()
    widest = max((len(name) for name, _, _ in lines), default=0)
    # A long value, such as a path, does not push the notes of the others away.
    amounts = [len(amount) for _, amount, note in lines if note]
    column = max(amounts, default=0)
    body = [
        f"  {name:<{widest}}  {amount:<{column}}  {note}".rstrip()
        for name, amount, note in lines
    ]
    return "\n".join([title, *body])


def _data_lines(inputs: ReportInputs, say: Texts) -> Iterator[Line]:
    if inputs.ingestion:
        report = inputs.ingestion
        sources = say.count(len(rows_of(report, "sources")), "source")
        rejected = format_count(report.get("num_rejected"))
        note = say("summary.read_note", sources=sources, rejected=rejected)
        yield say("summary.read"), format_count(report.get("num_read")), note
    if inputs.curation:
        report = inputs.curation
        total, kept = report.get("num_documents"), report.get("num_kept")
        size = format_bytes(report.get("num_bytes_kept"))
        note = f"{format_share(share_of(kept, total))}, {size}"
        yield say("summary.kept"), format_count(kept), note
        dropped = report.get("num_dropped")
        note = format_share(share_of(dropped, total))
        worst = max(
            rows_of(report, "rules"), key=lambda rule: rule["num_dropped"], default=None
        )
        if worst and worst["num_dropped"]:
            count = format_count(worst["num_dropped"])
            note += ", " + say("summary.dropped_note", rule=worst["rule"], count=count)
        yield say("summary.dropped"), format_count(dropped), note


def _score_lines(inputs: ReportInputs, say: Texts) -> Iterator[Line]:
    bits = part_of(inputs.evaluation, "held_out", "bits_per_byte")
    if bits.get(PRETRAINED):
        yield _score(say("summary.loss"), bits, PRETRAINED, say, lower_is_better=True)
    for task, report in part_of(inputs.evaluation, "tasks").items():
        if report:
            name = f"{task} {say.name(str(report.get('metric')))}"
            scores = report.get("scores") or {}
            yield _score(name, scores, FINETUNED, say, lower_is_better=False)
    copies = part_of(inputs.evaluation, "samples", "legality").get("verbatim_copy_rate")
    rate = estimate_of(copies)
    if rate is not None:
        note = say.count(rate.num_samples, "sample")
        yield say("summary.copies"), format_share(rate.value), note


def _score(
    name: str, scores: Report, system: str, say: Texts, *, lower_is_better: bool
) -> Line:
    comparison = compare(scores, system, lower_is_better=lower_is_better)
    note = ""
    if comparison:
        best = format_number(comparison.baseline.value)
        baseline = say.name(comparison.baseline_name)
        note = say("summary.best", baseline=baseline, value=best)
    return name, format_estimate(scores.get(system)), note


def _gate_lines(inputs: ReportInputs, say: Texts) -> Iterator[Line]:
    if not inputs.release:
        return
    verdict = verdict_of(inputs.release, say)
    note = shorten(make_visible(verdict.because), _MAX_CHARS)
    yield say("summary.gate"), verdict.word.upper(), note
