import pytest
import torch

from taojin.models.adapters import add_adapters
from taojin.models.bases import load_base
from taojin.training.config import TrainingConfig
from taojin.training.finetuning import new_classifier
from taojin.training.finetuning_config import HeadFinetuningConfig, LowRankConfig
from taojin.training.objectives import Continuation
from taojin.training.objectives.groups import finetuning_groups

SETTINGS = TrainingConfig(
    num_steps=1,
    batch_size=1,
    matrix_learning_rate=0.1,
    embedding_learning_rate=0.2,
    head_learning_rate=0.3,
    weight_decay=0.4,
)
KINDS = ["own", "gpt2", "llama", "gptj"]


def _names(groups):
    return sorted(name for group in groups for name in group.names)


@pytest.mark.parametrize("kind", KINDS)
def test_every_weight_of_any_base_is_in_one_group(base_folder, kind):
    model = load_base(base_folder(kind)).model

    groups = Continuation(model).parameter_groups(SETTINGS)

    assert _names(groups) == sorted(name for name, _ in model.named_parameters())
    weights = dict(model.named_parameters())
    rates = {group.name: group.learning_rate for group in groups}
    assert rates["matrices"] == 0.1
    assert rates["embeddings"] == 0.2
    for group in groups:
        shapes = [weights[name].ndim for name in group.names]
        if group.name == "matrices":
            assert set(shapes) == {2}
            assert group.weight_decay == 0.4
        else:
            assert group.weight_decay == 0.0


@pytest.mark.parametrize("kind", KINDS)
def test_of_an_adapted_model_the_factors_alone_are_trained(base_folder, kind):
    model = load_base(base_folder(kind)).model
    add_adapters(model, LowRankConfig())

    (group,) = finetuning_groups(model, SETTINGS, 0.05)

    assert (group.name, group.algorithm) == ("adapters", "adamw")
    assert group.learning_rate == 0.05
    assert group.names
    assert all(".lora_" in name for name in group.names)


@pytest.mark.parametrize("kind", ["own", "gpt2"])
def test_a_new_head_has_the_rate_of_heads(base_folder, kind):
    config = HeadFinetuningConfig(task="pairwise", max_tokens=8, training=SETTINGS)
    base = load_base(base_folder(kind)).model
    model = new_classifier(base, config, ("score",), from_scratch=False)

    groups = finetuning_groups(model, SETTINGS, None)

    assert _names(groups) == sorted(name for name, _ in model.named_parameters())
    (heads,) = [group for group in groups if group.name == "heads"]
    assert "score.weight" in heads.names
    assert heads.learning_rate == 0.3
    tokens = torch.tensor([[1, 2, 3]])
    assert model(tokens, torch.tensor([3])).shape == (1, 1)
