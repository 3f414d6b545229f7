"""Section 5: what the model writes."""

from typing import Any

from taojin.core.foreign_text import shorten
from taojin.reporting.inputs import Report, part_of, rows_of
from taojin.reporting.texts import Texts

_MAX_SAMPLES = 8
_MAX_EXAMPLES = 6
_MAX_CHARS = 1200


def view_samples(evaluation: Report | None, say: Texts) -> dict[str, Any] | None:
    """Prepare samples and answers; None if the model wrote nothing."""
    samples = rows_of(part_of(evaluation, "samples"), "examples")[:_MAX_SAMPLES]
    tasks = [
        {
            "title": say("samples.descriptions", task=name),
            "examples": [_answer(example) for example in examples[:_MAX_EXAMPLES]],
        }
        for name, task in part_of(evaluation, "tasks").items()
        if (examples := rows_of(task, "examples"))
    ]
    if not samples and not tasks:
        return None
    return {"samples": [_sample(sample) for sample in samples], "tasks": tasks}


def _sample(sample: Report) -> dict[str, str]:
    """A prompt and what follows it; the text does not repeat the prompt."""
    prompt, text = str(sample.get("prompt") or ""), str(sample.get("text") or "")
    return {"prompt": shorten(prompt, 400), "text": shorten(text, _MAX_CHARS)}


def _answer(example: Report) -> dict[str, str]:
    return {
        name: shorten(str(example.get(name) or ""), _MAX_CHARS)
        for name in ("prompt", "reference", "generated")
    }
