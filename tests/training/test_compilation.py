import torch
from torch import nn

from taojin.training.compilation import blocks_of, compiled, plain_name, unwrap
from taojin.training.config import TrainingConfig
from taojin.training.objectives import ParameterGroup
from taojin.training.optimisers import OptimiserSet
from taojin.training.state import Learner


class _Stack(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.ModuleList(nn.Linear(3, 3) for _ in range(2))
        self.head = nn.Linear(3, 1)

    def forward(self, states):
        for layer in self.layers:
            states = layer(states).relu()
        return self.head(states)


def test_the_blocks_of_a_stack_are_compiled_and_not_the_rest():
    model = _Stack()

    assert blocks_of(model) == list(model.layers)
    assert blocks_of(model.head) == [model.head]


def test_lists_inside_blocks_are_not_blocks():
    outer = nn.ModuleList([_Stack(), _Stack()])

    assert blocks_of(nn.Sequential(outer)) == list(outer)


def test_compiled_code_runs_inside_the_block_alone():
    model, seen = _Stack(), []

    def backend(graph, _inputs):
        seen.append(graph)
        return graph.forward

    rows = torch.randn(2, 3)
    expected = model(rows)
    torch.compiler.reset()
    with compiled(model, backend=backend):  # type: ignore[arg-type]
        torch.testing.assert_close(model(rows), expected)
        assert seen
    seen.clear()

    torch.testing.assert_close(model(rows[:1]), expected[:1])
    assert seen == []


def test_nothing_is_compiled_unless_asked():
    model = _Stack()

    with compiled(model, enabled=False):
        assert "forward" not in vars(model.layers[0])


def test_weights_keep_their_names_while_compiled():
    model = _Stack()
    names = list(model.state_dict())

    with compiled(model, backend="eager"):
        assert list(model.state_dict()) == names


def test_a_model_that_the_caller_compiled_is_saved_under_plain_names():
    plain, inner_compiled = _Stack(), _Stack()
    inner_compiled.head = torch.compile(inner_compiled.head, backend="eager")  # type: ignore[assignment]
    outer_compiled = torch.compile(_Stack(), backend="eager")
    config = TrainingConfig(num_steps=1, batch_size=1)

    def saved(model):
        names = tuple(name for name, _ in model.named_parameters())
        group = ParameterGroup("all", "adamw", 0.1, 0.0, names)
        optimisers = OptimiserSet(model, [group], config)
        model(torch.ones(1, 3)).sum().backward()
        optimisers.step(1.0)
        return Learner(model, optimisers).tensors()

    expected = saved(plain)
    for model in (inner_compiled, outer_compiled):
        found = saved(model)
        assert found.keys() == expected.keys()
        assert not any("_orig_mod" in name for name in found)


def test_a_wrapped_model_is_found():
    model = _Stack()

    assert unwrap(torch.compile(model, backend="eager")) is model  # type: ignore[arg-type]
    assert unwrap(model) is model
    assert plain_name("a._orig_mod.b") == "a.b"
