"""The page of an evaluation: one HTML file that needs nothing but itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from taojin.reporting.report import page_environment
from taojin.reporting.sections.axes import view_axes, view_memory
from taojin.reporting.sections.media import view_media
from taojin.reporting.sections.reasons import view_reasons
from taojin.reporting.sections.robustness import view_robustness
from taojin.reporting.sections.uses import view_uses
from taojin.reporting.texts import ENGLISH, Texts
from taojin.reporting.texts_axes import AXES
from taojin.reporting.texts_behaviour import BEHAVIOUR

Report = Mapping[str, Any]

AXES_PAGE: Mapping[str, str] = {**ENGLISH, **AXES, **BEHAVIOUR}
"""All that the page says, in English."""


@dataclass(frozen=True)
class AxesInputs:
    """What the page is made from, as plain JSON data; all but the first may be missing.

    Attributes:
        axes: See :func:`taojin.evaluation.judging.report.report_candidates`.
        memory: What the model remembers of its training text.
        robustness: By task, what shifts cost; see
            :func:`taojin.evaluation.judging.robustness.measured_under_shifts`.
        usability: ``cost`` of the model, and by candidate what labelled texts teach.
        explanations: ``generations`` and ``decisions``; see
            :mod:`taojin.evaluation.judging.reasons`.
        samples: Images or recordings to look at; see
            :func:`taojin.evaluation.judging.media_samples.media_samples`.
    """

    axes: Report
    memory: Report | None = None
    robustness: Report | None = None
    usability: Report | None = None
    explanations: Report | None = None
    samples: Report | None = None


def render_axes(inputs: AxesInputs, texts: Texts | None = None) -> str:
    """Render sets of generated items on four axes, and how models behave.

    Args:
        inputs: The reports.
        texts: The language; English if null.

    Returns:
        A page without scripts and without remote parts.
    """
    say = texts or Texts(AXES_PAGE)
    template = page_environment(say).get_template("axes_page.html.j2")
    view = view_axes(inputs.axes, say)
    if inputs.samples:
        view["examples"] = []  # names of files, of which the items are shown
    return template.render(
        view=view,
        media=view_media(inputs.samples, inputs.axes, say),
        memory=view_memory(inputs.memory, say),
        robustness=view_robustness(inputs.robustness, say),
        uses=view_uses(inputs.usability, say),
        reasons=view_reasons(inputs.explanations, say),
    )
