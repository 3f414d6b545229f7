import torch
from torch import nn

from taojin.training.checkpoints import DirectoryCheckpointStore
from taojin.training.config import TrainingConfig
from taojin.training.objectives import ParameterGroup
from taojin.training.optimisers import OptimiserSet
from taojin.training.state import Learner, RunState, from_checkpoint, to_checkpoint

CONFIG = TrainingConfig(num_steps=1, batch_size=1)
GROUPS = [ParameterGroup("all", "adamw", 0.1, 0.0, ("weight", "bias"))]


def _run():
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    optimisers = OptimiserSet(model, GROUPS, CONFIG)
    model(torch.ones(1, 3)).sum().backward()
    optimisers.step(1.0)
    return Learner(model, optimisers)


def test_everything_comes_back_through_the_disk(tmp_path):
    learner = _run()
    state = RunState(step=7, batch_index=14, best_loss=1.5, best_step=5)
    state.history.append({"step": 7, "train_loss": 0.25})
    torch.manual_seed(9)
    store = DirectoryCheckpointStore(tmp_path)
    store.save(to_checkpoint(state, learner, {"run": 1}))
    expected_draw = torch.rand(2)
    model = nn.Linear(3, 2)
    other = Learner(model, OptimiserSet(model, GROUPS, CONFIG))

    checkpoint = store.latest({"run": 1})
    assert checkpoint is not None
    restored = from_checkpoint(checkpoint, other)

    assert restored == state
    assert torch.equal(torch.rand(2), expected_draw)
    before, after = learner.tensors(), other.tensors()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert {"weights/weight", "optimiser/weight/exp_avg"} <= before.keys()


def test_the_best_step_is_known_to_the_store():
    checkpoint = to_checkpoint(RunState(step=3, best_step=2), _run(), {})

    assert (checkpoint.step, checkpoint.best_step) == (3, 2)
