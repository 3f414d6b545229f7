"""The page of an evaluation: one HTML file that needs nothing but itself."""

from collections.abc import Mapping
from typing import Any

from taojin.reporting.report import page_environment
from taojin.reporting.sections.axes import view_axes, view_memory
from taojin.reporting.texts import ENGLISH, Texts
from taojin.reporting.texts_axes import AXES


def render_axes(
    axes: Mapping[str, Any],
    memory: Mapping[str, Any] | None,
    texts: Texts | None = None,
) -> str:
    """Render sets of generated texts on four axes.

    Args:
        axes: See :func:`taojin.evaluation.judging.report.report_candidates`.
        memory: What the model remembers, or None.
        texts: The language; English if null.

    Returns:
        A page without scripts and without remote parts.
    """
    say = texts or Texts({**ENGLISH, **AXES})
    template = page_environment(say).get_template("axes_page.html.j2")
    return template.render(view=view_axes(axes, say), memory=view_memory(memory, say))
