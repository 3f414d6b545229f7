from typing import Any

from taojin.reporting.sections.samples import view_samples
from taojin.reporting.texts import Texts


def test_a_sample_is_shown_as_it_was_written(say: Texts) -> None:
    examples = [{"prompt": "Return", "text": "Return the\n    sum."}]
    view = view_samples({"samples": {"examples": examples}}, say)
    assert view is not None
    assert view["samples"] == examples


def test_samples_without_prompt_or_text_are_shown_empty(say: Texts) -> None:
    examples = [{"prompt": None, "text": None}, {}]
    view = view_samples({"samples": {"examples": examples}}, say)
    assert view is not None
    assert view["samples"] == [{"prompt": "", "text": ""}] * 2


def test_answers_stand_beside_what_a_person_wrote(
    evaluation: dict[str, Any], say: Texts
) -> None:
    view = view_samples(evaluation, say)
    assert view is not None
    task = view["tasks"][0]
    assert task["title"] == "Task “description”"
    assert task["examples"][0]["reference"] == "Matrix or vector norm."


def test_many_and_long_samples_are_bounded(say: Texts) -> None:
    examples = [{"prompt": "p" * 9999, "text": "t" * 10**6}] * 50
    view = view_samples({"samples": {"examples": examples}}, say)
    assert view is not None
    assert len(view["samples"]) == 8
    assert all(len(sample["text"]) <= 1200 for sample in view["samples"])


def test_a_model_that_wrote_nothing_has_no_section(say: Texts) -> None:
    assert view_samples(None, say) is None
    assert view_samples({"samples": None, "tasks": {"topic": None}}, say) is None
