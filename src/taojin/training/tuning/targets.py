"""What a search trains: settings in, a history with validation losses out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pandas as pd
import torch

from taojin.core.errors import ConfigurationError
from taojin.core.shards import Shards
from taojin.features.tokens import TokenShards
from taojin.models.language_model import LanguageModel
from taojin.training.checkpoints import DirectoryCheckpointStore
from taojin.training.config import PretrainingConfig
from taojin.training.examples import run_fingerprint
from taojin.training.finetuning import finetune_classifier
from taojin.training.finetuning_config import ClassifierFinetuningConfig
from taojin.training.metrics import MetricSink
from taojin.training.pretraining import pretrain_language_model
from taojin.training.tuning.selection import (
    passing_documents,
    select_training_documents,
)
from taojin.training.tuning.space import Candidate, SearchSpace, Settings

Kind = TypeVar("Kind", PretrainingConfig, ClassifierFinetuningConfig)

_EXAMPLE_COLUMNS = ("text", "label", "split")


class TrialTarget(Protocol):
    """A training that a search can repeat with other settings; sent to workers."""

    def identity(self, space: SearchSpace) -> list[Any]:
        """What tells the data from other data; part of the search's fingerprint."""
        ...

    def sizes(self, candidate: Candidate) -> Mapping[str, int]:
        """``num_parameters`` and ``num_body_parameters``, where they are known."""
        ...

    def train(
        self, candidate: Candidate, folder: Path, sink: MetricSink
    ) -> list[dict[str, Any]]:
        """Train, going on from a checkpoint that is there.

        Args:
            candidate: Settings of the trial.
            folder: Its own; gone when it is over.
            sink: Receives metrics by step; may end the training by raising.

        Returns:
            The history; see :func:`taojin.training.loop.train`.
        """
        ...


@dataclass(frozen=True)
class PretrainingTarget:
    """A language model from scratch.

    Attributes:
        tokens: Splits ``train`` and ``validation``.
        tokenizer_json: Saved with each model, as in pretraining.
        signals: Of the documents; only read where there are rules.
    """

    tokens: TokenShards
    tokenizer_json: str
    signals: Shards

    def identity(self, space: SearchSpace) -> list[Any]:
        """Tokens, and signals if they are read."""
        parts = self.signals.parts if space.config.rules else ()
        return [self.tokens.fingerprint, [part.content_hash for part in parts]]

    def sizes(self, candidate: Candidate) -> Mapping[str, int]:
        """Parameters of the model, and of its blocks."""
        shape = _of_kind(candidate.settings, PretrainingConfig).model.shape(
            self.tokens.vocab_size
        )
        with torch.device("meta"):  # counts without a single weight in memory
            named = list(LanguageModel(shape).named_parameters())
        return {
            "num_parameters": sum(weight.numel() for _, weight in named),
            "num_body_parameters": sum(
                weight.numel() for name, weight in named if ".layers." in name
            ),
        }

    def train(
        self, candidate: Candidate, folder: Path, sink: MetricSink
    ) -> list[dict[str, Any]]:
        """Pretrain on the documents that pass the rules."""
        tokens = self.tokens
        if candidate.rules:
            passing = passing_documents(self.signals, candidate.rules)
            tokens = select_training_documents(tokens, passing, folder / "token_shards")
        return pretrain_language_model(
            tokens,
            _of_kind(candidate.settings, PretrainingConfig),
            output=folder / "model",
            tokenizer_json=self.tokenizer_json,
            store=DirectoryCheckpointStore(folder / "checkpoints"),
            sink=sink,
        )


@dataclass(frozen=True)
class ClassifierTarget:
    """A classifier finetuned from one pretrained model.

    Attributes:
        examples: Columns ``text``, ``label``, ``split``.
        base: Folder of the pretrained model; on a cluster all machines must see it.
    """

    examples: pd.DataFrame
    base: Path

    def identity(self, space: SearchSpace) -> list[Any]:
        """Examples and base."""
        return [run_fingerprint(self.examples, _EXAMPLE_COLUMNS, self.base, space.base)]

    def sizes(self, candidate: Candidate) -> Mapping[str, int]:  # noqa: ARG002
        """Nothing: the base gives the size, which no trial changes."""
        return {}

    def train(
        self, candidate: Candidate, folder: Path, sink: MetricSink
    ) -> list[dict[str, Any]]:
        """Finetune; the model itself is not kept."""
        return finetune_classifier(
            self.examples,
            self.base,
            _of_kind(candidate.settings, ClassifierFinetuningConfig),
            store=DirectoryCheckpointStore(folder / "checkpoints"),
            sink=sink,
        ).history


def _of_kind(settings: Settings, kind: type[Kind]) -> Kind:
    """The settings, if they are of the training that they are used for."""
    if not isinstance(settings, kind):
        message = (
            f"the space is over {type(settings).__name__}, and the target trains with "
            f"{kind.__name__}; give the search the settings of its target"
        )
        raise ConfigurationError(message)
    return settings
