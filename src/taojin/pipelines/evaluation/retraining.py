"""Models that are trained again, to see what documents did to them.

Here, since evaluation knows no training.
"""

from collections.abc import Sequence
from copy import deepcopy

import numpy as np
import pandas as pd

from taojin.core.errors import DataError
from taojin.evaluation.explanations import ProxyConfig, Retrain
from taojin.models.bases import Base
from taojin.models.encoding import encode
from taojin.models.language_model import LanguageModel
from taojin.training.batches import PackedWindows
from taojin.training.config import TrainingConfig
from taojin.training.loop import train
from taojin.training.objectives import NextToken
from taojin.training.pretraining import new_language_model

_RATES = ("matrix_learning_rate", "embedding_learning_rate", "head_learning_rate")
_NEVER = 1e9
"""Seconds; trainings of a minute are not resumed."""


def proxy_trainer(base: Base, documents: pd.DataFrame, config: ProxyConfig) -> Retrain:
    """Train on some of these documents: a model further, or small ones from scratch.

    All trainings take as many steps, those of all documents: less text is read more
    often.

    Args:
        base: What is explained; not changed.
        documents: ``document_id`` and ``text``.
        config: What is trained, and how long.

    Raises:
        DataError: If a model of Transformers is to read on.
    """
    rows = {
        name: np.array([*encode(base.tokenizer, text), base.edges.end], dtype=np.uint32)
        for name, text in zip(documents["document_id"], documents["text"], strict=True)
    }
    untouched = _start(base, config)
    length = min(base.context_length, config.model.context_length)
    num_windows = sum(map(len, rows.values())) / length
    usual = TrainingConfig(
        num_steps=max(1, round(config.num_epochs * num_windows / config.batch_size)),
        batch_size=config.batch_size,
        num_threads=config.num_threads,
        checkpoint_every_seconds=_NEVER,
    )
    rates = {
        name: getattr(usual, name) * config.learning_rate_factor for name in _RATES
    }

    def retrain(names: Sequence[str], seed: int) -> Base:
        kept = [rows[name] for name in names]
        windows = PackedWindows(
            np.concatenate(kept),
            np.cumsum([0, *map(len, kept)]),
            length,
            config.batch_size,
            seed,
        )
        if untouched is None:
            shape = config.model.shape(base.tokenizer.get_vocab_size())
            model = new_language_model(shape, seed)
        else:
            model = deepcopy(untouched)
        train(
            NextToken(model), windows, usual.model_copy(update={**rates, "seed": seed})
        )
        return Base(model.eval(), base.tokenizer, base.edges)

    return retrain


def _start(base: Base, config: ProxyConfig) -> LanguageModel | None:
    """The model that reads on; none for new ones."""
    if config.start == "scratch":
        return None
    if isinstance(base.model, LanguageModel):
        return base.model
    message = (
        "checking explanations by removal: a model that only Transformers can read "
        "cannot read on; set reasons.removal.proxy.start to scratch"
    )
    raise DataError(message)
