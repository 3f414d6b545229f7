import json

import pytest
import torch

from taojin.core.errors import CheckpointMismatchError, CorruptCheckpointError
from taojin.training import checkpoints
from taojin.training.checkpoints import (
    Checkpoint,
    DirectoryCheckpointStore,
    MemoryCheckpointStore,
    differences,
    steps_to_keep,
)

RUN = {"model": {"depth": 2, "betas": (0.9, 0.95)}, "tokens": "abc"}


def _checkpoint(step, best_step=None, run=RUN):
    tensors = {"weights/a": torch.full((3,), float(step))}
    values = {"history": [{"loss": float("nan"), "step": step}]}
    return Checkpoint(step, best_step, run, tensors, values)


def _latest(store, run) -> Checkpoint:
    found = store.latest(run)
    assert found is not None
    return found


def _steps(root):
    return sorted(int(path.name[5:]) for path in root.glob("*/step-*"))


@pytest.fixture(params=["memory", "directory"])
def store(request, tmp_path):
    if request.param == "memory":
        return MemoryCheckpointStore()
    return DirectoryCheckpointStore(tmp_path)


def test_an_empty_store_has_no_checkpoint(store):
    assert store.latest(RUN) is None


def test_the_newest_checkpoint_comes_back_whole(store):
    for step in (9, 10):
        store.save(_checkpoint(step, best_step=9))

    found = _latest(store, RUN)

    assert (found.step, found.best_step) == (10, 9)
    assert found.tensors["weights/a"].tolist() == [10.0] * 3
    assert found.values["history"][0]["step"] == 10


def test_what_is_kept_does_not_change_with_the_run(store):
    checkpoint = _checkpoint(1)
    store.save(checkpoint)

    checkpoint.tensors["weights/a"].zero_()
    checkpoint.values["history"].clear()

    found = _latest(store, RUN)
    assert found.tensors["weights/a"].tolist() == [1.0] * 3
    assert len(found.values["history"]) == 1


def test_the_best_checkpoint_outlives_newer_ones(store):
    for step in range(1, 8):
        store.save(_checkpoint(step, best_step=2 if step > 1 else 1))

    assert store.load(2, RUN).tensors["weights/a"][0] == 2.0
    assert _latest(store, RUN).step == 7


def test_the_last_two_and_the_best_of_each_are_kept(tmp_path):
    store = DirectoryCheckpointStore(tmp_path)

    for step, best in [(1, 1), (2, 1), (3, 1), (4, 1), (5, 5), (6, 5)]:
        store.save(_checkpoint(step, best))

    assert _steps(tmp_path) == [5, 6]
    assert steps_to_keep({1: 1, 2: 1, 3: 1, 4: 4}) == {1, 3, 4}
    assert steps_to_keep({7: None}) == {7}


def test_saving_a_step_again_replaces_it(tmp_path):
    store = DirectoryCheckpointStore(tmp_path)
    store.save(_checkpoint(1))

    store.save(_checkpoint(1, best_step=1))

    assert _latest(store, RUN).best_step == 1


@pytest.mark.parametrize("file", ["tensors.safetensors", "state.json"])
@pytest.mark.parametrize("damage", ["truncate", "flip", "remove"])
def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(
    tmp_path, file, damage, caplog
):
    store = DirectoryCheckpointStore(tmp_path)
    for step in (1, 2):
        store.save(_checkpoint(step))
    (path,) = tmp_path.glob(f"*/step-000000002/{file}")
    content = bytearray(path.read_bytes())
    if damage == "truncate":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "flip":
        content[-5] ^= 1
        path.write_bytes(content)
    else:
        path.unlink()

    assert _latest(store, RUN).step == 1
    assert "step-000000002" in caplog.text
    with pytest.raises(CorruptCheckpointError, match="step-000000002 is damaged"):
        store.load(2, RUN)


def test_training_goes_on_after_a_damaged_checkpoint(tmp_path):
    store = DirectoryCheckpointStore(tmp_path)
    store.save(_checkpoint(1))
    (state,) = tmp_path.glob("*/step-000000001/state.json")
    state.write_text("{")

    store.save(_checkpoint(2))

    assert _latest(store, RUN).step == 2


def test_where_nothing_is_sound_the_run_stops(tmp_path):
    store = DirectoryCheckpointStore(tmp_path)
    store.save(_checkpoint(1))
    for path in tmp_path.glob("*/*/state.json"):
        path.write_text("{}")

    with pytest.raises(CorruptCheckpointError, match="none of 1 checkpoints"):
        store.latest(RUN)


def test_a_changed_setting_starts_anew_and_destroys_nothing(tmp_path):
    store = DirectoryCheckpointStore(tmp_path)
    store.save(_checkpoint(5))
    other = {**RUN, "tokens": "xyz"}

    assert store.latest(other) is None
    store.save(_checkpoint(1, run=other))

    assert _latest(store, RUN).step == 5
    assert _latest(store, other).step == 1


def test_a_foreign_checkpoint_can_be_refused_with_what_differs(tmp_path):
    DirectoryCheckpointStore(tmp_path).save(_checkpoint(5))
    strict = DirectoryCheckpointStore(tmp_path, refuse_foreign=True)
    other = {"model": {"depth": 3, "betas": (0.9, 0.95)}, "tokens": "abc"}

    with pytest.raises(
        CheckpointMismatchError, match=r"model\.depth was 2 and is now 3"
    ):
        strict.latest(other)

    assert _latest(strict, RUN).step == 5


def test_a_foreign_checkpoint_in_memory_is_refused():
    store = MemoryCheckpointStore()
    store.save(_checkpoint(1))

    with pytest.raises(CheckpointMismatchError, match="tokens was 'abc'"):
        store.latest({**RUN, "tokens": "xyz"})


def test_a_missing_step_is_refused(store):
    store.save(_checkpoint(1))

    with pytest.raises(CorruptCheckpointError, match="2"):
        store.load(2, RUN)


def test_what_a_killed_process_left_is_never_read(tmp_path):
    store = DirectoryCheckpointStore(tmp_path)
    store.save(_checkpoint(1))
    (run,) = tmp_path.iterdir()
    partial = run / ".step-000000002.abc.partial"
    partial.mkdir()
    (partial / "state.json").write_text("{}")

    assert _latest(store, RUN).step == 1
    store.save(_checkpoint(3))
    assert not partial.exists()


def test_a_checkpoint_of_another_format_is_refused(tmp_path, monkeypatch):
    store = DirectoryCheckpointStore(tmp_path)
    store.save(_checkpoint(1))
    monkeypatch.setattr(checkpoints, "FORMAT", 2)

    with pytest.raises(CorruptCheckpointError, match="format 1 is not 2"):
        store.load(1, RUN)


def test_the_state_is_plain_json(tmp_path):
    DirectoryCheckpointStore(tmp_path).save(_checkpoint(1))

    (path,) = tmp_path.glob("*/*/state.json")
    assert json.loads(path.read_text())["content"]["step"] == 1


def test_every_differing_leaf_is_named():
    found = {"a": {"b": 1, "c": [1]}, "d": 2}
    needed = {"a": {"b": 2, "c": [1]}, "e": 3}

    assert differences(found, needed) == [
        "a.b was 1 and is now 2",
        "d was 2 and is now None",
        "e was None and is now 3",
    ]


def test_a_message_about_many_differences_is_bounded():
    run = {f"setting_{i}": "x" * 1000 for i in range(100)}
    store = MemoryCheckpointStore()
    store.save(_checkpoint(1, run=run))

    with pytest.raises(CheckpointMismatchError, match="and 95 more") as caught:
        store.latest(dict.fromkeys(run, "y" * 1000))

    assert len(str(caught.value)) < 2000
