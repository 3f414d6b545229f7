import io
import sys

import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Node, Pipeline

from taojin.hooks.summary import SummaryHook


def write_summary():
    return "made"


PIPELINE = Pipeline([Node(write_summary, None, "run_summary", name="write_summary")])


def catalogue(**texts):
    return DataCatalog({name: MemoryDataset(text) for name, text in texts.items()})


def test_the_summary_is_printed_after_the_run(capsys):
    SummaryHook().after_pipeline_run({}, PIPELINE, catalogue(run_summary="42 kept\n\n"))
    assert capsys.readouterr().out == "\n42 kept\n"


def test_a_pipeline_that_makes_no_summary_prints_none(capsys):
    catalog = catalogue(run_summary="of another pipeline")
    SummaryHook().after_pipeline_run({}, Pipeline([]), catalog)
    assert capsys.readouterr().out == ""


def test_a_summary_that_does_not_exist_is_passed_over(capsys):
    catalog = DataCatalog({"run_summary": MemoryDataset()})
    SummaryHook().after_pipeline_run({}, PIPELINE, catalog)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_a_terminal_that_lacks_a_character_does_not_fail_the_run(monkeypatch, encoding):
    screen = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", screen)
    SummaryHook().after_pipeline_run({}, PIPELINE, catalogue(run_summary="淘金\ud800"))
    assert screen.buffer.getvalue()
