"""Whole models, finetuned on few labels, for the curve."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from taojin.models.prediction import predict_labels
from taojin.training.finetuning import finetune_classifier
from taojin.training.finetuning_config import ClassifierFinetuningConfig
from taojin.training.semi_supervised.config import FinetunedPointsConfig
from taojin.training.semi_supervised.label_efficiency import Rival


def finetuned_rivals(
    base: str | Path, task: ClassifierFinetuningConfig, points: FinetunedPointsConfig
) -> dict[str, Rival]:
    """Systems that finetune the pretrained model, and its shape from scratch.

    Args:
        base: Folder of the pretrained model.
        task: How the task is finetuned with all labels.
        points: Where on the curve, and for how many steps.

    Returns:
        ``finetuned``, ``from_scratch``, and ``finetuned_self_trained``, which learns
        the student's pseudo-labels besides; none if there are no points.
    """
    if not points.budgets_per_class:
        return {}
    training = task.training.model_copy(update={"num_steps": points.num_steps})
    config = task.model_copy(update={"training": training})
    answer = partial(_answer, base=base, config=config)

    def rival(
        *, from_scratch: bool = False, learns_pseudo_labels: bool = False
    ) -> Rival:
        return Rival(
            partial(answer, from_scratch=from_scratch),
            budgets_per_class=points.budgets_per_class,
            num_draws=points.num_draws,
            learns_pseudo_labels=learns_pseudo_labels,
        )

    return {
        "finetuned": rival(),
        "from_scratch": rival(from_scratch=True),
        "finetuned_self_trained": rival(learns_pseudo_labels=True),
    }


def _answer(
    examples: pd.DataFrame,
    texts: Sequence[str],
    *,
    base: str | Path,
    config: ClassifierFinetuningConfig,
    from_scratch: bool,
) -> list[str]:
    finetuned = finetune_classifier(examples, base, config, from_scratch=from_scratch)
    answers = predict_labels(finetuned.model, finetuned.tokenizer, texts)
    return [str(label) for label in answers.idxmax(axis=1)]
