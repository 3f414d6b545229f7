"""The report page of a run: one HTML file that needs nothing but itself."""

from base64 import b64encode
from hashlib import sha256
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from taojin.core.foreign_text import make_visible
from taojin.core.numbers import format_bytes, format_count, format_share, share_of
from taojin.reporting.charts.svg import Svg
from taojin.reporting.inputs import ReportInputs
from taojin.reporting.sections.checks import view_checks
from taojin.reporting.sections.curation import view_curation
from taojin.reporting.sections.explorer import view_explorer
from taojin.reporting.sections.findings import view_findings
from taojin.reporting.sections.headline import headlines
from taojin.reporting.sections.ingestion import view_ingestion
from taojin.reporting.sections.label_efficiency import view_label_efficiency
from taojin.reporting.sections.provenance import view_provenance
from taojin.reporting.sections.samples import view_samples
from taojin.reporting.sections.scores import view_scores
from taojin.reporting.sections.sources import view_sources
from taojin.reporting.sections.training import view_training
from taojin.reporting.texts import ENGLISH, Texts
from taojin.reporting.verdict import verdict_of

__all__ = ["ReportInputs", "render_report"]

SECTIONS = (
    "came_in",
    "dropped",
    "explorer",
    "sources",
    "findings",
    "checks",
    "training",
    "samples",
    "scores",
    "label_efficiency",
    "gate",
    "made",
)
"""Sections in order: prefixes of their texts and names of their templates."""


def render_report(inputs: ReportInputs, texts: Texts | None = None) -> str:
    """Render the report of a run as one HTML page without remote parts.

    Args:
        inputs: The reports of the stages; a missing part is said to be missing.
            Not changed.
        texts: The language; English if null.

    Returns:
        The page. It runs no script but the project's own, which the page names by
        its hash; text from the data is escaped, and what cannot be shown in it is
        made visible. Same inputs, same page.
    """
    say = texts or Texts(ENGLISH)
    template = page_environment(say).get_template("report.html.j2")
    script = _script()
    return template.render(
        sections=SECTIONS,
        verdict=verdict_of(inputs.release, say),
        headlines=headlines(inputs, say),
        views=_views(inputs, say),
        script=Svg(script),
        script_hash=b64encode(sha256(script.encode()).digest()).decode("ascii"),
        run_id=str(inputs.provenance.get("run_id") or ""),
    )


def _views(inputs: ReportInputs, say: Texts) -> dict[str, Any]:
    training = view_training(
        inputs.pretraining_history, inputs.finetuning_histories, inputs.model, say
    )
    return {
        "came_in": view_ingestion(inputs.ingestion, say),
        "dropped": view_curation(inputs.curation, say),
        "explorer": view_explorer(inputs.curation, say),
        "sources": view_sources(inputs.curation, say),
        "findings": view_findings(inputs.curation, say),
        "checks": view_checks(inputs.data_checks, say),
        "training": training,
        "samples": view_samples(inputs.evaluation, say),
        "scores": view_scores(inputs.evaluation, say),
        "label_efficiency": view_label_efficiency(inputs.label_efficiency, say),
        "gate": inputs.release or None,
        "made": view_provenance(inputs.provenance, say),
    }


def _script() -> str:
    """The script of the threshold explorer, which the page takes in as it is."""
    folder = resources.files("taojin.reporting") / "templates"
    return (folder / "explorer.js").read_text(encoding="utf-8")


def page_environment(say: Texts) -> Environment:
    """What renders templates: escapes foreign text and shows what cannot be seen."""
    environment = Environment(
        loader=PackageLoader("taojin.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_showable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["say"] = say
    environment.filters.update(
        thousands=format_count, size=format_bytes, share=format_share, share_of=share_of
    )
    return environment


def _showable(value: Any) -> Any:
    """What a template inserts: text from the data is made visible first."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return make_visible(value)
    return value
