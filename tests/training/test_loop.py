import math
from typing import Any

import pytest
import torch
from torch import nn

from taojin.core.errors import TrainingError
from taojin.training.checkpoints import DirectoryCheckpointStore, MemoryCheckpointStore
from taojin.training.config import TrainingConfig
from taojin.training.loop import train
from taojin.training.metrics import ListSink
from taojin.training.objectives import Loss, ParameterGroup

TRUE_WEIGHT = torch.tensor([[1.0, -2.0, 3.0, 0.5]])


class _Regression:
    """Least squares with noise from the global generator: the smallest real task."""

    name = "regression"

    def __init__(self, noise=0.0):
        self.model: Any = nn.Linear(4, 1, bias=False)
        nn.init.zeros_(self.model.weight)
        self.noise = noise

    def loss(self, batch):
        noisy = batch + self.noise * torch.randn_like(batch)
        error = self.model(noisy) - batch @ TRUE_WEIGHT.T
        metrics = {"error": error.detach().abs().sum().item()}
        return Loss(error.square().sum(), len(batch), metrics)

    def parameter_groups(self, config):
        rate = config.head_learning_rate
        return [ParameterGroup("all", "adamw", rate, 0.0, ("weight",))]


class _Rows:
    """Random rows by number; those listed as bad are not numbers, or too large."""

    def __init__(self, size=8, bad=(), factor=math.nan):
        self.size, self.bad = size, dict.fromkeys(bad, factor)
        self.drawn = []

    def batch(self, index):
        self.drawn.append(index)
        rows = torch.randn(self.size, 4, generator=torch.Generator().manual_seed(index))
        return rows * self.bad.get(index, 1.0)

    def rows(self, index):
        return [100 * index]


class _KilledError(Exception):
    pass


class _KillingSink:
    """Stands for a crash: raises at one step."""

    def __init__(self, step):
        self.step = step

    def log(self, step, _metrics):
        if step == self.step:
            raise _KilledError


def _config(**settings):
    return TrainingConfig(
        **{
            "num_steps": 20,
            "batch_size": 8,
            "head_learning_rate": 0.3,
            "validate_every": 5,
            "log_every": 1,
            "checkpoint_every_seconds": 1e6,
            "num_threads": 1,
            **settings,
        }
    )


VALIDATION = [_Rows().batch(10_000)]


def test_training_finds_the_solution():
    objective = _Regression()

    history = train(objective, _Rows(), _config(num_steps=200), validation=VALIDATION)

    torch.testing.assert_close(
        objective.model.weight.detach(), TRUE_WEIGHT, atol=0.05, rtol=0
    )
    assert history[-1]["validation_loss"] < 0.01 < history[0]["train_loss"]
    assert not objective.model.training


def test_the_history_has_a_row_where_something_was_measured():
    sink = ListSink()

    history = train(
        _Regression(), _Rows(), _config(log_every=3), validation=VALIDATION, sink=sink
    )

    assert [row["step"] for row in history] == [3, 5, 6, 9, 10, 12, 15, 18, 20]
    validated = [row["step"] for row in history if row["validation_loss"] is not None]
    assert validated == [5, 10, 15, 20]
    assert [row["num_tokens"] for row in history] == [8 * r["step"] for r in history]
    seconds = [row["seconds"] for row in history]
    assert seconds == sorted(seconds)
    assert [row["step"] for row in sink.rows] == [row["step"] for row in history]


def test_the_training_loss_is_the_mean_since_the_row_before():
    fine = train(_Regression(), _Rows(), _config(log_every=1))
    coarse = train(_Regression(), _Rows(), _config(log_every=4))

    mean = sum(row["train_loss"] for row in fine[4:8]) / 4
    assert coarse[1]["train_loss"] == pytest.approx(mean)


def test_the_learning_rate_is_recorded_as_it_was_used():
    history = train(_Regression(), _Rows(), _config(warmup_fraction=0.5))

    rates = [row["learning_rate"] for row in history]
    assert rates[:10] == pytest.approx([0.03 * step for step in range(1, 11)])
    assert rates[-1] == pytest.approx(0.03)


def test_one_seed_gives_one_model():
    def weight(seed):
        objective = _Regression(noise=0.1)
        train(objective, _Rows(), _config(seed=seed))
        return objective.model.weight

    assert torch.equal(weight(1), weight(1))
    assert not torch.equal(weight(1), weight(2))


def test_the_random_state_of_the_caller_is_left_alone():
    objective = _Regression(noise=0.1)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)

    train(objective, _Rows(), _config())

    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("num_accumulations", [2, 4])
def test_accumulation_does_not_change_the_result(num_accumulations):
    class _Parts(_Rows):
        """The same batches in parts, of unequal numbers of units."""

        def batch(self, index):
            whole, part = divmod(index, num_accumulations)
            cuts = [1, 4, 6][: num_accumulations - 1]
            return super().batch(whole).tensor_split(cuts)[part]

    whole, parts = _Regression(), _Regression()

    train(whole, _Rows(), _config())
    train(parts, _Parts(), _config(num_accumulations=num_accumulations))

    torch.testing.assert_close(
        whole.model.weight, parts.model.weight, atol=1e-6, rtol=0
    )


def test_a_budget_of_units_does_not_change_the_result():
    class _Parts(_Rows):
        """The same batches in as many parts as there are rows."""

        def batch(self, index):
            whole, part = divmod(index, 8)
            return super().batch(whole)[part : part + 1]

    whole, parts = _Regression(), _Regression()

    train(whole, _Rows(), _config())
    history = train(parts, _Parts(), _config(batch_units=8))

    assert history[-1]["num_tokens"] == 20 * 8
    torch.testing.assert_close(
        whole.model.weight, parts.model.weight, atol=1e-6, rtol=0
    )


OPTIONS = {
    "defaults": {},
    "average": {"average_decay": 0.9},
    "units": {"batch_units": 12},
    "spikes": {"spike_threshold": 8.0, "spike_window": 6, "max_bad_steps": 20},
    "roll back": {
        "bad_step_policy": "roll_back",
        "max_bad_steps": 1,
        "snapshot_every": 3,
        "roll_back_rate_factor": 0.5,
        "average_decay": 0.5,
    },
    "background": {"background_checkpoints": True},
}


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("killed_at", [4, 9, 14])
def test_every_option_survives_a_resume_bit_for_bit(tmp_path, options, killed_at):
    settings = OPTIONS[options]

    def rows():
        return _Rows(bad=[7, 8, 12], factor=1e3 if options == "spikes" else math.nan)

    def run(objective, store=None, sink=None, **more):
        return train(
            objective,
            rows(),
            _config(**settings, **more),
            validation=VALIDATION,
            store=store,
            sink=sink,
        )

    store = DirectoryCheckpointStore(tmp_path)
    straight, resumed = _Regression(noise=0.3), _Regression(noise=0.3)
    expected = run(straight)

    with pytest.raises(_KilledError):
        run(
            _Regression(noise=0.3),
            store,
            _KillingSink(killed_at),
            checkpoint_every_seconds=0,
        )
    history = run(resumed, store)

    assert torch.equal(straight.model.weight, resumed.model.weight)
    for row in (*history, *expected):
        del row["seconds"]
    assert history == expected
    assert any("faults" in row for row in history)


@pytest.mark.parametrize("kind", ["memory", "directory"])
@pytest.mark.parametrize("killed_at", [1, 7, 10, 19])
def test_a_resumed_run_equals_an_uninterrupted_one_bit_for_bit(
    tmp_path, killed_at, kind
):
    store = (
        MemoryCheckpointStore()
        if kind == "memory"
        else DirectoryCheckpointStore(tmp_path)
    )
    straight, resumed = _Regression(noise=0.3), _Regression(noise=0.3)
    expected = train(straight, _Rows(), _config(), validation=VALIDATION)

    with pytest.raises(_KilledError):
        train(
            _Regression(noise=0.3),
            _Rows(),
            _config(checkpoint_every_seconds=0),
            validation=VALIDATION,
            store=store,
            sink=_KillingSink(killed_at),
        )
    rows = _Rows()
    history = train(resumed, rows, _config(), validation=VALIDATION, store=store)

    assert torch.equal(straight.model.weight, resumed.model.weight)
    assert rows.drawn[0] == killed_at - 1  # data that was seen is not read again
    for row in (*history, *expected):
        del row["seconds"]
    assert history == expected


def test_a_finished_run_is_loaded_and_not_repeated(tmp_path):
    store = DirectoryCheckpointStore(tmp_path)
    first, second, rows = _Regression(), _Regression(), _Rows()
    history = train(first, _Rows(), _config(), store=store, validation=VALIDATION)

    again = train(second, rows, _config(), store=store, validation=VALIDATION)

    assert rows.drawn == []
    assert again == history
    assert torch.equal(first.model.weight, second.model.weight)


@pytest.mark.parametrize("changed", ["settings", "data"])
def test_a_changed_run_starts_anew(tmp_path, changed):
    store = DirectoryCheckpointStore(tmp_path)
    train(_Regression(), _Rows(), _config(), store=store, fingerprint={"data": 1})
    rows = _Rows()

    train(
        _Regression(),
        rows,
        _config(seed=1) if changed == "settings" else _config(),
        store=store,
        fingerprint={"data": 2 if changed == "data" else 1},
    )

    assert rows.drawn == list(range(20))


def test_checkpoints_are_written_when_time_has_passed(tmp_path):
    store = DirectoryCheckpointStore(tmp_path)
    config = _config(checkpoint_every_seconds=1e6)  # longer than any test

    with pytest.raises(_KilledError):
        train(_Regression(), _Rows(), config, store=store, sink=_KillingSink(15))

    assert not list(tmp_path.glob("*/step-*"))


def test_the_best_weights_are_returned(tmp_path):
    objective = _Regression()
    config = _config(head_learning_rate=0.9, decay_fraction=0.0)

    history = train(
        objective,
        _Rows(),
        config,
        validation=VALIDATION,
        store=DirectoryCheckpointStore(tmp_path),
    )

    losses = [row["validation_loss"] for row in history if row["validation_loss"]]
    found = objective.loss(VALIDATION[0])
    assert found.total.item() / found.num_units == pytest.approx(min(losses))
    assert min(losses) < losses[-1]


def test_the_last_weights_are_returned_when_asked():
    objective = _Regression()
    config = _config(head_learning_rate=0.9, decay_fraction=0.0, restore_best=False)

    history = train(objective, _Rows(), config, validation=VALIDATION)

    found = objective.loss(VALIDATION[0])
    last = found.total.item() / found.num_units
    assert last == pytest.approx(history[-1]["validation_loss"])


def test_training_stops_when_nothing_improves():
    config = _config(
        head_learning_rate=0.0, num_steps=1000, patience=3, validate_every=10
    )

    history = train(_Regression(), _Rows(), config, validation=VALIDATION)

    assert history[-1]["step"] == 40  # the first validation, then three more


def test_a_bad_batch_is_passed_over():
    objective = _Regression()
    rows = _Rows(bad=[3, 4, 11])

    history = train(objective, rows, _config(num_steps=200))

    torch.testing.assert_close(
        objective.model.weight.detach(), TRUE_WEIGHT, atol=0.05, rtol=0
    )
    assert history[3]["gradient_norm"] is None
    assert history[3]["train_loss"] is None
    assert history[-1]["num_tokens"] == 197 * 8


def test_too_many_bad_batches_in_a_row_stop_the_run():
    rows = _Rows(bad=range(5, 100))

    with pytest.raises(TrainingError, match=r"step 8.* 4 steps in a row .* batch 8"):
        train(_Regression(), rows, _config())


def test_long_gradients_are_shortened():
    def moved(**settings):
        objective = _Regression()
        with torch.no_grad():
            objective.model.weight.fill_(1000.0)
        history = train(objective, _Rows(), _config(num_steps=1, **settings))
        return history[0]["gradient_norm"]

    assert moved(max_gradient_norm=1.0) == moved(max_gradient_norm=None) > 100


def test_a_sink_receives_plain_numbers():
    sink = ListSink()

    train(_Regression(), _Rows(bad=[0]), _config(), sink=sink)

    assert all(
        isinstance(value, float | int) for row in sink.rows for value in row.values()
    )
    assert "train_loss" not in sink.rows[0]


def test_the_history_says_what_was_wrong():
    history = train(_Regression(), _Rows(bad=[3]), _config(log_every=2))

    assert [row["step"] for row in history if "faults" in row] == [4]
    (line,) = history[1]["faults"]
    assert line.startswith("step 3: loss nan, gradient norm nan, batch 3, rows 300;")


def test_a_spike_is_passed_over():
    objective = _Regression()
    config = _config(num_steps=200, spike_threshold=20.0, spike_window=10)

    history = train(objective, _Rows(bad=[150, 160], factor=1e4), config)

    assert [row["step"] for row in history if "faults" in row] == [151, 161]
    torch.testing.assert_close(
        objective.model.weight.detach(), TRUE_WEIGHT, atol=0.05, rtol=0
    )


def test_a_roll_back_saves_a_run_that_skipping_does_not():
    class _Poisoned(_Regression):
        """After 30 batches the weights turn out not to be numbers."""

        num_losses = 0

        def loss(self, batch):
            self.num_losses += 1
            if self.num_losses == 30:
                with torch.no_grad():
                    self.model.weight.fill_(math.nan)
            return super().loss(batch)

    objective = _Poisoned()
    settings = {"num_steps": 200, "snapshot_every": 10}

    train(objective, _Rows(), _config(bad_step_policy="roll_back", **settings))

    torch.testing.assert_close(
        objective.model.weight.detach(), TRUE_WEIGHT, atol=0.05, rtol=0
    )
    with pytest.raises(TrainingError):
        train(_Poisoned(), _Rows(), _config(**settings))


def test_after_a_roll_back_training_goes_on_at_the_lower_rate():
    config = _config(
        bad_step_policy="roll_back",
        max_bad_steps=0,
        roll_back_rate_factor=0.25,
        warmup_fraction=0.0,
        decay_fraction=0.0,
    )

    history = train(_Regression(), _Rows(bad=[9]), config)

    rates = [row["learning_rate"] for row in history]
    assert rates[8] == pytest.approx(0.3)
    assert rates[10] == pytest.approx(0.075)


def test_every_validation_meets_the_same_noise():
    config = _config(head_learning_rate=0.0)
    objective = _Regression(noise=0.3)
    with torch.no_grad():
        objective.model.weight.fill_(1.0)  # with zeros the noise would not show

    history = train(objective, _Rows(), config, validation=VALIDATION)

    losses = [row["validation_loss"] for row in history if row["validation_loss"]]
    assert len(losses) == 4
    assert len(set(losses)) == 1


@pytest.mark.parametrize("restore_best", [True, False])
def test_the_averages_are_validated_and_returned(restore_best):
    plain, averaged = _Regression(), _Regression()
    settings = {"head_learning_rate": 0.9, "decay_fraction": 0.0}
    config = _config(restore_best=restore_best, average_decay=0.8, **settings)

    train(plain, _Rows(), _config(restore_best=False, **settings))
    history = train(averaged, _Rows(), config, validation=VALIDATION)

    found = averaged.loss(VALIDATION[0])
    losses = [row["validation_loss"] for row in history if row["validation_loss"]]
    expected = min(losses) if restore_best else losses[-1]
    assert found.total.item() / found.num_units == pytest.approx(expected)
    assert not torch.equal(plain.model.weight, averaged.model.weight)


def test_averages_and_validations_leave_the_training_alone():
    settings = {"head_learning_rate": 0.9, "decay_fraction": 0.0}
    plain = train(_Regression(noise=0.1), _Rows(), _config(**settings))

    averaged = train(
        _Regression(noise=0.1),
        _Rows(),
        _config(average_decay=0.8, validate_every=3, **settings),
        validation=VALIDATION,
    )

    losses = [[row["train_loss"] for row in history] for history in (plain, averaged)]
    assert losses[0] == losses[1]


def test_further_metrics_of_the_objective_reach_the_sink():
    sink, objective = ListSink(), _Regression()

    train(objective, _Rows(), _config(), validation=VALIDATION, sink=sink)

    found = [row for row in sink.rows if "validation_error" in row]
    assert [row["step"] for row in found] == [5, 10, 15, 20]
    error = objective.loss(VALIDATION[0]).metrics["error"] / len(VALIDATION[0])
    assert found[-1]["validation_error"] == pytest.approx(error)


def test_frozen_weights_stay_and_are_not_stored():
    class _Half(_Regression):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.frozen = nn.Linear(4, 4)
            self.frozen.requires_grad_(requires_grad=False)
            self.model = nn.Sequential(self.frozen, self.model)

        def parameter_groups(self, config):
            rate = config.head_learning_rate
            return [ParameterGroup("all", "adamw", rate, 0.0, ("1.weight",))]

    objective, store = _Half(), MemoryCheckpointStore()
    before = objective.frozen.weight.clone()

    train(objective, _Rows(), _config(), store=store)

    checkpoint = store.load(20, {"training": _config().identity()})
    stored = [name for name in checkpoint.tensors if name.startswith("weights/")]
    assert stored == ["weights/1.weight"]
    assert torch.equal(objective.frozen.weight, before)


def test_the_table_of_a_profile_goes_to_the_sink():
    sink = ListSink()

    train(_Regression(), _Rows(), _config(profile_steps=2), sink=sink)

    assert "aten::" in sink.texts["profile"]


@pytest.mark.slow
def test_a_compiled_run_gives_the_same_model_under_the_same_names(tmp_path):
    plain, compiled = _Regression(), _Regression()
    store = DirectoryCheckpointStore(tmp_path)

    train(plain, _Rows(), _config())
    train(compiled, _Rows(), _config(compile=True), store=store)

    torch.testing.assert_close(plain.model.weight, compiled.model.weight)
    assert list(compiled.model.state_dict()) == ["weight"]
    checkpoint = store.load(20, {"training": _config().identity()})
    assert not any("_orig_mod" in name for name in checkpoint.tensors)
