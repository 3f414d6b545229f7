import dataclasses
from typing import Any

from taojin.reporting.inputs import ReportInputs
from taojin.reporting.sections.headline import headlines
from taojin.reporting.texts import Texts


def test_there_are_always_five_numbers(run: ReportInputs, say: Texts) -> None:
    assert len(headlines(run, say)) == 5
    assert len(headlines(ReportInputs(), say)) == 5


def test_each_number_has_its_meaning_interval_and_yardstick(
    run: ReportInputs, say: Texts
) -> None:
    documents, text, bits, task, copies = headlines(run, say)
    assert (documents.number, documents.note) == ("74%", "35,576 of 48,092")
    assert (text.number, text.note) == ("18.4 MB", "75.6% of the 24.3 MB that came in")
    assert (bits.number, bits.interval) == ("1.52", "[1.49, 1.55]")
    assert bits.note == "LZMA: 2.21; lower is better"
    assert task.meaning == "accuracy, task “topic”"
    assert task.note == "TF-IDF + logistic regression: 0.848; higher is better"
    assert (copies.number, copies.interval) == ("0.5%", "[<0.1%, 2.7%]")
    assert copies.note == "longest copy: 63 tokens"


def test_what_was_not_measured_is_a_dash(say: Texts) -> None:
    shown = headlines(ReportInputs(), say)
    assert [headline.number for headline in shown] == ["–"] * 5
    assert [headline.note for headline in shown] == ["not measured"] * 5


def test_the_first_task_that_ran_is_shown(
    run: ReportInputs, evaluation: dict[str, Any], say: Texts
) -> None:
    evaluation["tasks"]["topic"] = None
    task = headlines(dataclasses.replace(run, evaluation=evaluation), say)[3]
    assert task.meaning == "ROUGE-L, task “description”"
