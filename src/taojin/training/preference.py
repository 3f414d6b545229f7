"""Preference tuning: from pairs of answers, without a reward model."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import torch

from taojin.core.progress import progress_bar
from taojin.models.adapters import add_adapters
from taojin.models.bases import CausalModel
from taojin.models.threads import thread_limit
from taojin.training.checkpoints import CheckpointStore
from taojin.training.examples import (
    ExampleSet,
    encode_answers,
    load_base_for,
    run_fingerprint,
    train_on,
)
from taojin.training.finetuning import Finetuned
from taojin.training.finetuning_config import PreferenceConfig
from taojin.training.metrics import MetricSink
from taojin.training.objectives import Preference, answer_likelihoods
from taojin.training.sequences import SequencePair, collate_pairs

_COLUMNS = ("prompt", "chosen", "rejected", "split")


def tune_on_preferences(
    examples: pd.DataFrame,
    base: str | Path,
    config: PreferenceConfig,
    *,
    store: CheckpointStore | None = None,
    sink: MetricSink | None = None,
) -> Finetuned[CausalModel]:
    """Make better answers likelier, measured from the base, and worse ones less so.

    What the base thinks of every answer is computed once, before training; no second
    model is held.

    Args:
        examples: Columns ``prompt``, ``chosen``, ``rejected``, ``split``.
        base: Folder of the model to start from, which is the reference, too.
        config: Settings.
        store: Where checkpoints go; by default memory.
        sink: Receives metrics by step; of the validation sample also the share of
            pairs whose chosen answer gained more.

    Raises:
        EmptyStageError: If no example is in the split ``train``.
        ConfigurationError: If ``max_tokens`` exceeds the context of the base.
        TrainingError: If the loss is not finite too often.
    """
    loaded = load_base_for(base, config.max_tokens)
    settings, adapter = config.training, config.adapter

    def encode_rows(rows: pd.DataFrame) -> list[SequencePair]:
        chosen, rejected = (
            encode_answers(rows, column, loaded, config.max_tokens)
            for column in ("chosen", "rejected")
        )
        pairs = [SequencePair(*pair) for pair in zip(chosen, rejected, strict=True)]
        with thread_limit(settings.num_threads):
            return with_reference(loaded.model, pairs, settings.batch_size)

    pairs = ExampleSet.of_splits(examples, encode_rows, collate_pairs, _num_tokens)
    if adapter is not None:
        add_adapters(loaded.model, adapter, settings.seed)
    history = train_on(
        Preference(
            loaded.model, config.beta, config.smoothing, config.adapter_learning_rate
        ),
        pairs,
        settings,
        fingerprint=run_fingerprint(examples, _COLUMNS, base, config),
        store=store,
        sink=sink,
    )
    return Finetuned(
        loaded.model, loaded.tokenizer, loaded.edges, history, Path(base), adapter
    )


@torch.no_grad()
def with_reference(
    model: CausalModel, pairs: Sequence[SequencePair], batch_size: int
) -> list[SequencePair]:
    """Add the log-probabilities of both answers under a model.

    Args:
        model: The reference; in evaluation mode.
        pairs: Any number.
        batch_size: Pairs computed at once; changes the result by rounding only.

    Returns:
        The pairs, in order.
    """
    model.eval()
    device = next(model.parameters()).device
    order = sorted(range(len(pairs)), key=lambda place: _num_tokens(pairs[place]))
    found: dict[int, tuple[float, float]] = {}
    with progress_bar("asking the reference", len(pairs), unit="pair") as bar:
        for start in range(0, len(order), batch_size):
            places = order[start : start + batch_size]
            inputs, targets, _ = collate_pairs([pairs[place] for place in places])
            likelihoods = answer_likelihoods(
                model, inputs.to(device), targets.to(device)
            )
            both = likelihoods.unflatten(0, (2, -1)).T.tolist()
            found |= {
                place: (first, second)
                for place, (first, second) in zip(places, both, strict=True)
            }
            bar.update(len(places))
    return [pair._replace(reference=found[place]) for place, pair in enumerate(pairs)]


def _num_tokens(pair: SequencePair) -> int:
    return max(len(pair.chosen.tokens), len(pair.rejected.tokens))
