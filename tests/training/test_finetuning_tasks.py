import pytest

from taojin.training.finetuning_tasks import (
    HeadTaskConfig,
    InstructionTaskConfig,
    PreferenceTaskConfig,
    UnlikelihoodTaskConfig,
)

TRAINING = {"training": {"num_steps": 1, "batch_size": 1}}


@pytest.mark.parametrize(
    "kind", [InstructionTaskConfig, PreferenceTaskConfig, UnlikelihoodTaskConfig]
)
def test_adapters_that_are_not_made_cannot_be_kept(kind):
    kind.model_validate({**TRAINING, "adapter": {}, "keep_adapter": True})

    with pytest.raises(ValueError, match="keep_adapter is set"):
        kind.model_validate({**TRAINING, "keep_adapter": True})


def test_a_task_is_off_and_starts_from_the_pretrained_model_by_default():
    config = HeadTaskConfig.model_validate({**TRAINING, "task": "regression"})

    assert not config.enabled
    assert config.base == "pretrained"
    assert config.adapter_learning_rate is None


def test_the_rate_of_adapters_is_their_own():
    settings = {**TRAINING, "adapter": {"learning_rate": 0.25}}

    config = InstructionTaskConfig.model_validate(settings)

    assert config.adapter_learning_rate == 0.25
