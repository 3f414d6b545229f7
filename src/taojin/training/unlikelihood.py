"""Training that penalises flagged text while it goes on with the rest."""

from pathlib import Path

import pandas as pd

from taojin.models.adapters import add_adapters
from taojin.models.bases import CausalModel
from taojin.training.checkpoints import CheckpointStore
from taojin.training.examples import (
    ExampleSet,
    encode_answers,
    load_base_for,
    run_fingerprint,
    train_on,
)
from taojin.training.finetuning import Finetuned
from taojin.training.finetuning_config import UnlikelihoodConfig
from taojin.training.metrics import MetricSink
from taojin.training.objectives import Unlikelihood
from taojin.training.sequences import FlaggedSequence, collate_flagged

_COLUMNS = ("prompt", "target", "flagged", "split")


def train_against_flagged(
    examples: pd.DataFrame,
    base: str | Path,
    config: UnlikelihoodConfig,
    *,
    store: CheckpointStore | None = None,
    sink: MetricSink | None = None,
) -> Finetuned[CausalModel]:
    """Go on training a model so that it no longer writes what is flagged.

    Args:
        examples: Columns ``prompt`` (may be empty), ``target``, ``flagged`` (truth
            values) and ``split``. Ordinary rows keep the language; without them the
            model forgets it.
        base: Folder of the model to start from.
        config: Settings.
        store: Where checkpoints go; by default memory.
        sink: Receives metrics by step.

    Raises:
        EmptyStageError: If no example is in the split ``train``.
        ConfigurationError: If ``max_tokens`` exceeds the context of the base.
        TrainingError: If the loss is not finite too often.
    """
    loaded = load_base_for(base, config.max_tokens)
    settings, adapter = config.training, config.adapter
    if adapter is not None:
        add_adapters(loaded.model, adapter, settings.seed)

    def encode_rows(rows: pd.DataFrame) -> list[FlaggedSequence]:
        sequences = encode_answers(rows, "target", loaded, config.max_tokens)
        flags = rows["flagged"].astype(bool)
        return [FlaggedSequence(*both) for both in zip(sequences, flags, strict=True)]

    history = train_on(
        Unlikelihood(loaded.model, config.weight, config.adapter_learning_rate),
        ExampleSet.of_splits(examples, encode_rows, collate_flagged, _num_tokens),
        settings,
        fingerprint=run_fingerprint(examples, _COLUMNS, base, config),
        store=store,
        sink=sink,
    )
    return Finetuned(
        loaded.model, loaded.tokenizer, loaded.edges, history, Path(base), adapter
    )


def _num_tokens(item: FlaggedSequence) -> int:
    return len(item.sequence.tokens)
