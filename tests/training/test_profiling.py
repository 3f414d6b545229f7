import torch

from taojin.training.profiling import StepProfiler


def _steps(profiler, number):
    for _ in range(number):
        profiler.before_step()
        torch.mm(torch.ones(8, 8), torch.ones(8, 8))
        profiler.after_step()
    profiler.close()


def test_some_early_steps_are_reported_once():
    tables = []

    _steps(StepProfiler(2, tables.append), 10)

    (table,) = tables
    assert "aten::mm" in table
    assert "Self CPU" in table


def test_a_run_that_ends_early_reports_what_there_is():
    tables = []

    _steps(StepProfiler(100, tables.append), 3)

    assert len(tables) == 1


def test_nothing_is_recorded_unless_asked():
    tables = []

    _steps(StepProfiler(0, tables.append), 5)

    assert tables == []
