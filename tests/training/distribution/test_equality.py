"""Two processes train as one does, whatever the loop is asked to do."""

from functools import partial

import pytest
import torch

from taojin.training.distribution.launch import train_over_ranks
from taojin.training.metrics import ListSink

pytestmark = pytest.mark.long

CASES = {
    "plain": ({}, {}),
    "fsdp": ({"distribution": {"strategy": "fsdp", "num_ranks": 2}}, {}),
    "sparse tables of n-grams": ({}, {"max_ngram": 3}),
    "a batch by units": ({"batch_units": 60, "batch_size": 2, "num_accumulations": 1}, {}),
    "a batch by units, sharded": (
        {
            "batch_units": 60, "batch_size": 2, "num_accumulations": 1,
            "distribution": {"strategy": "fsdp", "num_ranks": 2},
        },
        {},
    ),
    "a moving average": ({"average_decay": 0.8}, {}),
    "early stopping": (
        {"num_steps": 60, "patience": 1, "validate_every": 1, "matrix_learning_rate": 0.1,
         "warmup_fraction": 0.0},
        {},
    ),
    "bad steps passed over": ({}, {"bad_parts": (9, 22)}),
    "bad steps rolled back": (
        {"bad_step_policy": "roll_back", "max_bad_steps": 1, "snapshot_every": 2,
         "roll_back_rate_factor": 0.5},
        {"bad_parts": (21, 26)},
    ),
}  # fmt: skip


@pytest.mark.usefixtures("two_ranks")
@pytest.mark.parametrize("case", CASES)
def test_two_processes_train_as_one_does(case, rank_jobs):
    changes, data = CASES[case]
    alone = rank_jobs.settings(**{**changes, "distribution": {}})
    expected_sink, sink = ListSink(), ListSink()
    single = rank_jobs.counting(alone, **data)
    expected = single.train(sink=expected_sink)
    config = rank_jobs.settings(**changes)
    make = partial(rank_jobs.counting, config, **data)
    job = make()
    rows = train_over_ranks(job, make, sink=sink)

    assert len(rows) == len(expected)
    for row, wanted in zip(rows, expected, strict=True):
        assert row.keys() == wanted.keys()
        assert row["num_tokens"] == wanted["num_tokens"]
        for name in ("train_loss", "validation_loss", "gradient_norm"):
            value = row[name]
            assert (value is None) == (wanted[name] is None)
            if value is not None:
                assert value == pytest.approx(wanted[name], rel=2e-4, abs=2e-5)
    assert [row.keys() for row in sink.rows] == [x.keys() for x in expected_sink.rows]
    weights = job.objective.model.state_dict()
    for name, weight in single.objective.model.state_dict().items():
        torch.testing.assert_close(weights[name], weight, rtol=0, atol=2e-4)
