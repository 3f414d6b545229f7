import pytest
from pydantic import ValidationError

from taojin.training.config import TrainingConfig


def test_warm_up_and_decay_must_fit_into_the_run():
    with pytest.raises(ValidationError, match=r"warmup_fraction 0\.6 .* more than 1"):
        TrainingConfig(
            num_steps=10, batch_size=1, warmup_fraction=0.6, decay_fraction=0.5
        )


def test_parts_of_a_batch_must_be_equal():
    with pytest.raises(ValidationError, match="batch_size 10 must be a multiple"):
        TrainingConfig(num_steps=10, batch_size=10, num_accumulations=4)


def test_an_unknown_setting_is_refused():
    with pytest.raises(ValidationError, match="learning_rat"):
        TrainingConfig.model_validate(
            {"num_steps": 10, "batch_size": 1, "learning_rat": 0.1}
        )


def test_settings_that_leave_the_weights_alone_are_not_part_of_the_identity():
    one = TrainingConfig(num_steps=10, batch_size=1, checkpoint_every_seconds=1)
    two = TrainingConfig(num_steps=10, batch_size=1, num_threads=7)
    other = TrainingConfig(num_steps=10, batch_size=1, seed=3)

    assert one.identity() == two.identity()
    assert one.identity() != other.identity()
