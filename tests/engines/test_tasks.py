import importlib
from functools import partial

import pytest
from pydantic import ValidationError

from taojin.core.errors import ConfigurationError, DataError
from taojin.engines import EngineConfig, run_tasks
from taojin.engines.extras import import_extra


@pytest.mark.parametrize("tasks", [[], ["c", "a", "b"]])
def test_results_come_in_the_order_of_tasks(tasks):
    engine = EngineConfig(num_workers=1)

    assert list(run_tasks(str.upper, tasks, engine, "x")) == [
        task.upper() for task in tasks
    ]


@pytest.mark.slow
def test_workers_of_every_engine_keep_the_order_and_to_one_thread(engine, operators):
    results = list(run_tasks(operators.place_and_threads, range(8), engine, "x"))

    assert [number for number, _, _ in results] == list(range(8))
    assert len({process for _, process, _ in results}) == 2
    assert {threads for _, _, threads in results} == {1}


@pytest.mark.slow
def test_no_more_tasks_than_workers_are_at_work(engine, operators, tmp_path):
    work = partial(operators.overlap, tmp_path)

    assert max(run_tasks(work, range(8), engine, "x")) <= 2


@pytest.mark.slow
def test_workers_are_used_again(engine, operators):
    processes = [
        {
            process
            for _, process, _ in run_tasks(
                operators.place_and_threads, range(6), engine, "x"
            )
        }
        for _ in range(2)
    ]

    assert processes[0] == processes[1]


@pytest.mark.slow
def test_a_task_that_kills_every_worker_is_reported_not_tried_for_ever(
    engine, operators
):
    engine = engine.model_copy(update={"max_retries": 1})

    with pytest.raises(
        DataError, match=r"died 2 times at task 1, .*engine\.num_workers"
    ):
        list(run_tasks(operators.die_at_one, [0, 1, 2], engine, "dying"))


@pytest.mark.slow
def test_an_engine_works_on_after_a_failure(engine, operators):
    engine = engine.model_copy(update={"max_retries": 0})
    with pytest.raises(DataError):
        list(run_tasks(operators.die_at_one, [1, 2, 3], engine, "dying"))

    assert list(run_tasks(operators.die_at_one, [2, 3], engine, "x")) == [2, 3]


@pytest.mark.slow
def test_results_that_nobody_waits_for_leave_no_work_behind(
    engine, operators, tmp_path
):
    results = run_tasks(partial(operators.overlap, tmp_path), range(8), engine, "x")
    next(iter(results))
    results.close()

    assert not list(tmp_path.iterdir())


def test_an_engine_that_is_not_installed_is_named_with_its_extra(monkeypatch):
    def absent(name):
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(importlib, "import_module", absent)

    with pytest.raises(ConfigurationError, match=r"pip install 'taojin\[ray\]'"):
        import_extra("ray", "ray")


@pytest.mark.slow
def test_a_cluster_that_does_not_answer_is_a_setting_to_correct(engine, operators):
    address = {"ray": "127.0.0.1:1", "dask": "nonsense://127.0.0.1"}.get(engine.name)
    if address is None:
        pytest.skip("local work has no address")
    engine = engine.model_copy(update={"address": address})

    with pytest.raises(ConfigurationError, match=r"engine\.address .*does not answer"):
        list(run_tasks(operators.die_at_one, [0], engine, "x"))


def test_local_work_takes_no_address():
    with pytest.raises(ValidationError, match=r"engine\.name to ray or dask"):
        EngineConfig(address="tcp://host:8786")
