from datetime import UTC, datetime

import pandas as pd

from taojin.training.tuning.records import FACTS, TrialRecord, trial_table


def record(
    number, state="complete", loss: float | None = 1.0, parameters=None, reason=None
):
    return TrialRecord(
        number=number,
        state=state,
        parameters=parameters or {},
        validation_loss=loss,
        facts={"num_tokens": 10},
        reason=reason,
        rows=[],
        started_at=datetime.now(UTC),
        finished_at=datetime.now(UTC),
    )


def test_trials_stand_in_their_order_whoever_was_first():
    table = trial_table([record(1), record(0)], [])
    assert table["trial"].tolist() == [0, 1]


def test_what_a_trial_does_not_have_is_null():
    failed = record(1, "fail", None, reason="killed")
    table = trial_table(
        [record(0, parameters={"model.depth": 2}), failed], ["model.depth"]
    )
    assert table["model.depth"].isna().tolist() == [False, True]
    assert table["validation_loss"].isna().tolist() == [False, True]
    assert table["reason"].tolist()[1] == "killed"
    assert set(FACTS) <= set(table.columns)


def test_choices_of_several_kinds_survive_parquet(tmp_path):
    trials = [
        record(number, parameters={"x": value})
        for number, value in enumerate([None, 1, "muon"])
    ]
    trial_table(trials, ["x"]).to_parquet(tmp_path / "t.parquet")
    found = pd.read_parquet(tmp_path / "t.parquet")["x"]
    assert found.isna().tolist() == [True, False, False]
    assert found.tolist()[1:] == ["1", '"muon"']
