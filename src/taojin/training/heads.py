"""Finetuning of heads for labels, numbers and comparisons."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

from taojin.core.errors import ConfigurationError, DataError
from taojin.models.adapters import add_adapters, merge_adapters
from taojin.models.classifier import Scaling, SequenceClassifier
from taojin.models.encoding import encode_document
from taojin.models.padding import pad_tokens
from taojin.training.checkpoints import CheckpointStore
from taojin.training.examples import (
    ExampleSet,
    load_base_for,
    run_fingerprint,
    train_on,
)
from taojin.training.finetuning import Finetuned, new_classifier
from taojin.training.finetuning_config import HeadFinetuningConfig
from taojin.training.metrics import MetricSink
from taojin.training.objectives import HEAD_OBJECTIVES, LabelledBatch

Encoder = Callable[[str], list[int]]

_SCORE = "score"


class HeadExample(NamedTuple):
    """One text or two, and what is to be said of them.

    Attributes:
        texts: Tokens of the text; of a pair, the better one's first.
        targets: A number an output; of a pair, its weight.
    """

    texts: tuple[list[int], ...]
    targets: list[float]

    @property
    def num_tokens(self) -> int:
        """Of the longest text."""
        return max(map(len, self.texts))


def finetune_head(
    examples: pd.DataFrame,
    base: str | Path,
    config: HeadFinetuningConfig,
    *,
    from_scratch: bool = False,
    store: CheckpointStore | None = None,
    sink: MetricSink | None = None,
) -> Finetuned[SequenceClassifier]:
    """Train a head and the decoder below it.

    Args:
        examples: ``split``, and for ``multi_label`` the columns ``text`` and
            ``labels`` (a list of names each, perhaps empty); for ``regression``
            ``text`` and a column for each of the settings' ``outputs``; for
            ``pairwise`` ``better`` and ``other``. Trains on the split ``train`` and
            validates on ``validation``.
        base: Folder of the pretrained model, of this project or of Transformers.
        config: Settings. Adapters are merged when training ends.
        from_scratch: Take shape and tokenizer of the base but not its weights.
        store: Where checkpoints go; by default memory.
        sink: Receives metrics by step.

    Raises:
        EmptyStageError: If no example is in the split ``train``.
        ConfigurationError: If a column is missing, or ``max_tokens`` exceeds the
            context of the base.
        DataError: If a number is missing or infinite, or never differs in training.
    """
    loaded = load_base_for(base, config.max_tokens)
    columns = _require_columns(examples, config)
    labels, scaling = _outputs(examples, config)
    model = new_classifier(loaded.model, config, labels, from_scratch=from_scratch)
    model.task, model.scaling = config.task, scaling
    adapter = config.adapter
    if adapter is not None:
        add_adapters(model, adapter, config.training.seed)
        model.score.weight.requires_grad = True

    def encode_rows(rows: pd.DataFrame) -> list[HeadExample]:
        def encode(text: str) -> list[int]:
            return encode_document(
                loaded.tokenizer, text, config.max_tokens, loaded.edges
            )

        return _encode(rows, model, encode)

    history = train_on(
        HEAD_OBJECTIVES[config.task](
            model, config.dropout, config.adapter_learning_rate
        ),
        ExampleSet.of_splits(
            examples, encode_rows, collate_heads, lambda item: item.num_tokens
        ),
        config.training,
        fingerprint=run_fingerprint(
            examples, columns, base, config, from_scratch=from_scratch
        ),
        store=store,
        sink=sink,
    )
    if adapter is not None:
        merge_adapters(model)
    return Finetuned(model, loaded.tokenizer, loaded.edges, history, Path(base))


def collate_heads(items: Sequence[HeadExample]) -> LabelledBatch:
    """Pad texts to the longest; of pairs all better texts come first."""
    places = range(len(items[0].texts))
    texts = [item.texts[place] for place in places for item in items]
    targets = torch.tensor([item.targets for item in items])
    return LabelledBatch(
        pad_tokens(texts, 0),
        torch.tensor([len(text) for text in texts]),
        targets[:, 0] if len(places) > 1 else targets,
    )


def _require_columns(
    examples: pd.DataFrame, config: HeadFinetuningConfig
) -> tuple[str, ...]:
    needed = {
        "multi_label": ("text", "labels", "split"),
        "regression": ("text", *config.outputs, "split"),
        "pairwise": ("better", "other", "split"),
    }[config.task]
    missing = [name for name in needed if name not in examples.columns]
    if missing:
        message = (
            f"the task {config.task} needs the columns {missing}, and the examples "
            f"have {sorted(map(str, examples.columns))}"
        )
        raise ConfigurationError(message)
    return needed


def _outputs(
    examples: pd.DataFrame, config: HeadFinetuningConfig
) -> tuple[tuple[str, ...], Scaling | None]:
    """Names of the head's outputs, and the scale of numbers in the train split."""
    if config.task == "pairwise":
        return (_SCORE,), None
    if config.task == "multi_label":
        found = {str(label) for labels in examples["labels"] for label in labels}
        if not found:
            message = "no example has a label in the column labels"
            raise ConfigurationError(message)
        return tuple(sorted(found)), None
    values = examples.loc[:, list(config.outputs)].to_numpy(np.float64)
    bad = [str(row) for row in examples.index[~np.isfinite(values).all(1)]]
    if bad:
        message = (
            f"{len(bad)} rows have no finite number in {list(config.outputs)}, the "
            f"first are {bad[:5]}; fill or drop them"
        )
        raise DataError(message)
    known = values[(examples["split"] == "train").to_numpy()]
    if not len(known):  # training says so, in its own words
        return config.outputs, Scaling(
            (0.0,) * values.shape[1], (1.0,) * values.shape[1]
        )
    deviations = known.std(0)
    if not (deviations > 0).all():
        constant = [config.outputs[place] for place in np.flatnonzero(deviations == 0)]
        message = f"{constant} never differ in the train split: nothing can be learnt"
        raise DataError(message)
    return config.outputs, Scaling(
        tuple(known.mean(0).tolist()), tuple(deviations.tolist())
    )


def _encode(
    rows: pd.DataFrame, model: SequenceClassifier, encode: Encoder
) -> list[HeadExample]:
    if model.task == "pairwise":
        pairs = zip(rows["better"], rows["other"], strict=True)
        return [HeadExample((encode(a), encode(b)), [1.0]) for a, b in pairs]
    if model.task == "multi_label":
        targets = [
            [float(name in set(map(str, labels))) for name in model.labels]
            for labels in rows["labels"]
        ]
    else:
        scaling = model.scaling or Scaling((0.0,), (1.0,))
        values = rows.loc[:, list(model.labels)].to_numpy(np.float64)
        scaled = (values - np.array(scaling.means)) / np.array(scaling.deviations)
        targets = scaled.tolist()
    return [
        HeadExample((encode(text),), target)
        for text, target in zip(rows["text"], targets, strict=True)
    ]
