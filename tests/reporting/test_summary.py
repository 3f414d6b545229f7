import dataclasses
from typing import Any

from taojin.reporting.inputs import ReportInputs
from taojin.reporting.summary import summarise_run


def lines_of(inputs: ReportInputs) -> list[str]:
    return summarise_run(inputs, "data/08_reporting/report.html").splitlines()


def test_a_run_is_told_in_ten_aligned_lines(run: ReportInputs) -> None:
    lines = lines_of(run)
    assert lines[0] == "Taojin run 2026-11-23T18.40.12.123Z"
    assert len(lines) == 10
    amounts = ("48,213", "35,576", "12,516", "1.52 [", "0.872", "0.312", "0.5%", "HELD")
    columns = {
        line.index(amount) for line, amount in zip(lines[1:], amounts, strict=False)
    }
    assert len(columns) == 1
    assert not any(line.endswith(" ") for line in lines)


def test_the_lines_say_what_matters(run: ReportInputs) -> None:
    text = "\n".join(lines_of(run))
    for words in (
        "from 2 sources; 121 rejected",
        "74%, 18.4 MB",
        "most by licence_policy (4,747)",
        "1.52 [1.49, 1.55]",
        "best baseline LZMA 2.21",
        "best baseline TF-IDF + logistic regression 0.848",
        "HELD BACK",
        "copies_little",
        "data/08_reporting/report.html",
    ):
        assert words in text


def test_what_did_not_run_has_no_line() -> None:
    assert summarise_run(ReportInputs()) == "Taojin run"
    assert lines_of(ReportInputs())[1:] == ["  report  data/08_reporting/report.html"]


def test_a_run_without_finetuning_has_no_task_lines(
    run: ReportInputs, evaluation: dict[str, Any]
) -> None:
    evaluation["tasks"] = {"topic": None}
    text = "\n".join(lines_of(dataclasses.replace(run, evaluation=evaluation)))
    assert "topic" not in text
    assert "1.52" in text


def test_a_run_in_which_nothing_was_dropped_names_no_rule(
    run: ReportInputs, curation: dict[str, Any]
) -> None:
    curation |= {"rules": [], "num_dropped": 0, "num_kept": 48092}
    text = "\n".join(lines_of(dataclasses.replace(run, curation=curation)))
    assert "most by" not in text
    assert "100%" in text


def test_control_characters_do_not_reach_the_terminal(
    run: ReportInputs, release: dict[str, Any]
) -> None:
    release["rules"][1]["name"] = "\x1b[31mred" + "x" * 500
    text = summarise_run(dataclasses.replace(run, release=release))
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) < 200
