import pytest
from pydantic import ValidationError

from taojin.training.semi_supervised.config import (
    LabelEfficiencyConfig,
    SemiSupervisedConfig,
)


def test_every_default_is_accepted_and_pseudo_labels_are_off():
    config = SemiSupervisedConfig.model_validate({})

    assert not config.use_pseudo_labels
    assert SemiSupervisedConfig.model_validate(config.model_dump()) == config


@pytest.mark.parametrize("budgets", [[], [5, 5], [10, 5], [0, 5]])
def test_budgets_that_do_not_ascend_are_refused(budgets):
    with pytest.raises(ValidationError, match="budgets_per_class is"):
        LabelEfficiencyConfig.model_validate(
            {
                "budgets_per_class": budgets,
                "finetuned": {"budgets_per_class": []},
            }
        )


def test_points_that_are_not_on_the_curve_are_refused():
    with pytest.raises(ValidationError, match=r"names \[7\]"):
        LabelEfficiencyConfig.model_validate({"finetuned": {"budgets_per_class": [7]}})
