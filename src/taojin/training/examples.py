"""From a table of examples to the batches, and the identity, of a finetuning run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

import numpy as np
import pandas as pd
from pydantic import BaseModel

from taojin.core.errors import ConfigurationError
from taojin.core.fingerprints import fingerprint_of, hash_file
from taojin.models.adapters import base_identity
from taojin.models.bases import Base, load_base
from taojin.models.chat import ChatFormat, encode_chat, parse_messages
from taojin.models.encoding import ScoredSequence, encode_prompted
from taojin.models.storage import MANIFEST
from taojin.training.batches import BucketedSequences
from taojin.training.checkpoints import CheckpointStore
from taojin.training.config import TrainingConfig
from taojin.training.distribution.jobs import Job
from taojin.training.distribution.launch import train_over_ranks
from taojin.training.metrics import MetricSink
from taojin.training.objectives import Objective

Example = TypeVar("Example")
Batch = TypeVar("Batch")


def load_base_for(base: str | Path, max_tokens: int) -> Base:
    """Load a base that sees as many tokens as the examples will have.

    Raises:
        ConfigurationError: If ``max_tokens`` exceeds the context of the base.
        CorruptArtifactError: If the folder is no language model.
    """
    loaded = load_base(base)
    if max_tokens > loaded.context_length:
        message = (
            f"max_tokens is {max_tokens}, and the pretrained model sees at most "
            f"{loaded.context_length} tokens; lower max_tokens or pretrain with a "
            "longer context_length"
        )
        raise ConfigurationError(message)
    return loaded


def encode_answers(
    rows: pd.DataFrame, column: str, base: Base, max_tokens: int
) -> list[ScoredSequence]:
    """Tokens of each ``prompt`` and of its answer, which alone is scored.

    Args:
        rows: Columns ``prompt`` and the answers'.
        column: Of the answers.
        base: Of which the tokens are.
        max_tokens: Predictions at most; longer prompts lose their start.
    """
    return [
        ScoredSequence.of_prompted(
            encode_prompted(base.tokenizer, prompt, answer, max_tokens, base.edges)
        )
        for prompt, answer in zip(rows["prompt"], rows[column], strict=True)
    ]


def encode_conversations(
    rows: pd.DataFrame, base: Base, chat: ChatFormat, max_tokens: int
) -> list[ScoredSequence]:
    """Tokens of each conversation in ``messages``; answers alone are scored.

    Raises:
        DataError: If a row holds no conversation; the message names its index.
    """
    return [
        encode_chat(
            base.tokenizer,
            parse_messages(str(content), f"messages in row {index}"),
            chat,
            max_tokens,
            base.edges,
        )
        for index, content in rows["messages"].items()
    ]


@dataclass(frozen=True)
class ExampleSet(Generic[Example, Batch]):
    """Encoded examples and how a batch is made of some.

    Attributes:
        training: At least one.
        validation: Held out; may be empty.
        collate: Makes a batch.
        length: Tokens of an example; those of similar length share a batch.
    """

    training: list[Example]
    validation: list[Example]
    collate: Callable[[list[Example]], Batch]
    length: Callable[[Example], int]

    @classmethod
    def of_splits(
        cls,
        examples: pd.DataFrame,
        encode: Callable[[pd.DataFrame], list[Example]],
        collate: Callable[[list[Example]], Batch],
        length: Callable[[Example], int],
    ) -> Self:
        """Encode the rows of the splits ``train`` and ``validation``."""
        return cls(
            encode(examples.loc[examples["split"] == "train"]),
            encode(examples.loc[examples["split"] == "validation"]),
            collate,
            length,
        )

    def batches(self, config: TrainingConfig) -> BucketedSequences[Example, Batch]:
        """Training batches, as large as the settings say.

        Raises:
            EmptyStageError: If there is no example.
        """
        return self._bucketed(self.training, config)

    def validation_sample(self, config: TrainingConfig) -> list[Batch]:
        """A fixed sample of the validation examples; empty if there are none."""
        if not self.validation:
            return []
        batches = self._bucketed(self.validation, config)
        number = min(config.validation_batches, batches.num_batches)
        return [batches.batch(index) for index in range(number)]

    def _bucketed(
        self, items: list[Example], config: TrainingConfig
    ) -> BucketedSequences[Example, Batch]:
        size = config.batch_size // config.num_accumulations
        lengths = [self.length(item) for item in items]
        return BucketedSequences(items, lengths, self.collate, size, config.seed)


def train_on(
    objective: Objective[Batch],
    examples: ExampleSet[Any, Batch],
    config: TrainingConfig,
    *,
    fingerprint: Mapping[str, Any],
    store: CheckpointStore | None,
    sink: MetricSink | None,
) -> list[dict[str, Any]]:
    """Train on a set of examples, by as many processes as the settings ask for.

    See :func:`taojin.training.distribution.launch.train_over_ranks`. The objective and
    the encoded examples are sent to other processes, so ``collate`` must be a function
    of a module.
    """
    job = Job(
        objective,
        examples.batches(config),
        config,
        examples.validation_sample(config),
        fingerprint,
    )
    return train_over_ranks(job, store=store, sink=sink)


def run_fingerprint(
    examples: pd.DataFrame,
    columns: Sequence[str],
    base: str | Path,
    config: BaseModel,
    *,
    from_scratch: bool = False,
) -> dict[str, Any]:
    """What a checkpoint must agree with: base, examples and settings."""
    return {
        "base": _identity(Path(base)),
        "examples": fingerprint_of(
            *(_plain(examples[name].tolist()) for name in columns)
        ),
        "from_scratch": from_scratch,
        "settings": config.model_dump(mode="json", exclude={"training"}),
    }


def _plain(values: list[Any]) -> list[Any]:
    """Values of a column; lists in it come from Parquet as arrays."""
    return [
        value.tolist() if isinstance(value, np.ndarray) else value for value in values
    ]


def _identity(base: Path) -> Any:
    manifest = base / MANIFEST
    return hash_file(manifest) if manifest.exists() else base_identity(base)
