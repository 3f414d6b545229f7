import json

import optuna
import pytest

from taojin.training.tuning.config import TuningConfig
from taojin.training.tuning.isolation import ProcessDiedError
from taojin.training.tuning.space import SearchSpace
from taojin.training.tuning.studies import (
    SLOT,
    create_study,
    open_study,
    trials_by_slot,
)
from taojin.training.tuning.targets import PretrainingTarget
from taojin.training.tuning.trials import (
    REASON,
    StoppedEarlyError,
    TrialTask,
    _end_dead,
    _ReportingSink,
    _Rows,
    run_trial,
)

RATE = {"path": "training.matrix_learning_rate", "low": 0.001, "high": 0.3, "log": True}


@pytest.fixture
def task(corpus, pretraining, tmp_path):
    config = TuningConfig.model_validate({"space": [RATE], "num_reports": 2})
    create_study(tmp_path)
    return TrialTask(
        tmp_path,
        SearchSpace(config, pretraining),
        PretrainingTarget(corpus.tokens, corpus.tokenizer, corpus.signals),
    )


@pytest.mark.slow
def test_a_finished_trial_is_not_run_again_and_leaves_no_files(task, tmp_path):
    run_trial(task, 0)
    run_trial(task, 0)
    study = open_study(tmp_path, task.space.config)
    (trial,) = study.trials
    assert trial.state.name == "COMPLETE"
    assert not list((tmp_path / "trials").iterdir())


@pytest.mark.slow
def test_a_full_disk_stops_the_search_and_the_trial_can_go_on(task, tmp_path):
    (tmp_path / "trials").write_text("no folder can be made here")
    with pytest.raises(OSError, match="trials"):
        run_trial(task, 0)
    study = open_study(tmp_path, task.space.config)
    assert trials_by_slot(study)[0].state.name == "RUNNING"
    (tmp_path / "trials").unlink()
    run_trial(task, 0)
    assert trials_by_slot(study)[0].state.name == "COMPLETE"


def test_a_trial_whose_process_died_has_failed_and_says_why(task, tmp_path):
    study = open_study(tmp_path, task.space.config)
    study.ask().set_user_attr(SLOT, 3)
    _end_dead(task, 3, "the process was killed")
    dead = trials_by_slot(study)[3]
    assert dead.state.name == "FAIL"
    assert dead.user_attrs[REASON] == "the process was killed"


def test_a_process_that_died_before_it_had_a_trial_stops_the_search(task):
    with pytest.raises(ProcessDiedError, match="slot 3: the process was killed"):
        _end_dead(task, 3, "the process was killed")


def test_losses_are_reported_at_the_share_of_the_trial_that_is_done(tmp_path):
    study = optuna.create_study()
    trial = study.ask()
    sink = _ReportingSink(trial, 200, _Rows(tmp_path / "rows"))
    sink.log(50, {"train_loss": 3.0, "validation_loss": 2.0})
    sink.log(60, {"train_loss": 2.5})
    sink.log(150, {"validation_loss": 1.0})
    assert study.trials[0].intermediate_values == {25: 2.0, 75: 1.0}


def test_a_trial_that_the_pruner_gives_up_ends_but_never_at_its_end(tmp_path):
    study = optuna.create_study(pruner=optuna.pruners.ThresholdPruner(upper=1.0))
    sink = _ReportingSink(study.ask(), 10, _Rows(tmp_path / "rows"))
    sink.log(10, {"validation_loss": 2.0})
    with pytest.raises(StoppedEarlyError):
        sink.log(5, {"validation_loss": 2.0})


def test_rows_are_kept_over_a_kill_each_step_once(tmp_path):
    path = tmp_path / "rows"
    _Rows(path).add({"step": 1, "train_loss": 3.0})
    _Rows(path).add({"step": 2, "train_loss": 2.0})
    with path.open("a") as stream:
        stream.write(json.dumps({"step": 3})[:5])
    assert [row["step"] for row in _Rows(path).read()] == [1, 2]


def test_a_study_with_a_torn_last_line_is_mended(tmp_path):
    config = TuningConfig.model_validate({"space": [RATE]})
    create_study(tmp_path)
    study = open_study(tmp_path, config)
    study.tell(study.ask(), 1.0)
    with (tmp_path / "journal.log").open("ab") as stream:
        stream.write(b'{"op_code":4,"wor')
    create_study(tmp_path)
    again = open_study(tmp_path, config)
    again.tell(again.ask(), 2.0)
    assert [trial.value for trial in open_study(tmp_path, config).trials] == [1.0, 2.0]


def test_proposals_depend_on_the_slot_and_the_seed(tmp_path):
    def proposed(folder, slot, seed):
        config = TuningConfig.model_validate({"space": [RATE], "seed": seed})
        create_study(tmp_path / folder)
        trial = open_study(tmp_path / folder, config, slot).ask()
        return trial.suggest_float("x", 0.0, 1.0)

    assert proposed("a", 1, 0) == proposed("b", 1, 0)
    assert proposed("c", 2, 0) != proposed("d", 1, 0)
    assert proposed("e", 1, 1) != proposed("f", 1, 0)
