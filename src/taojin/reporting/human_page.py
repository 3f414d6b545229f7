"""The page of a human study: one HTML file that needs nothing but itself."""

from collections.abc import Mapping
from typing import Any

from taojin.reporting.report import page_environment
from taojin.reporting.sections.human import view_human
from taojin.reporting.texts import ENGLISH, Texts
from taojin.reporting.texts_human import HUMAN

HUMAN_PAGE: Mapping[str, str] = {**ENGLISH, **HUMAN}
"""All that the page says, in English."""


def render_human(findings: Mapping[str, Any], texts: Texts | None = None) -> str:
    """Render what people preferred, how they agree, and who of them looked.

    Args:
        findings: See :func:`taojin.evaluation.human.study_findings`.
        texts: The language; English if null.

    Returns:
        A page without scripts and without remote parts.
    """
    say = texts or Texts(HUMAN_PAGE)
    template = page_environment(say).get_template("human_page.html.j2")
    return template.render(view=view_human(findings, say))
