"""Finetuning on examples that a user brings: settings, and what a file must hold."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self, TypeVar

import pandas as pd
from pydantic import Field, model_validator

from taojin.core.config import StageConfig
from taojin.core.errors import ConfigurationError
from taojin.training.example_files import ColumnKind, ExampleFile, ExampleSplitConfig
from taojin.training.finetuning_config import (
    FinetuningConfig,
    HeadFinetuningConfig,
    LanguageFinetuningConfig,
    PreferenceConfig,
    UnlikelihoodConfig,
)

Settings = TypeVar("Settings", bound=FinetuningConfig)

PRETRAINED, INSTRUCTION = "pretrained", "instruction"


class TaskConfig(FinetuningConfig):
    """A task that is done if it is wanted."""

    enabled: bool = False
    """Whether the task is done; without it its model is an empty folder."""
    base: str = Field(default=PRETRAINED, min_length=1)
    """What it starts from: ``pretrained``, ``instruction`` (the model of that task; of
    preference tuning and penalties only), or a folder that Transformers reads. A
    folder is known by its name: give other content another one."""
    examples: ExampleSplitConfig = ExampleSplitConfig()
    """How the file of examples is divided."""


class HeadTaskConfig(HeadFinetuningConfig, TaskConfig):
    """A head, from a file of texts and what is said of them."""


class LanguageTaskConfig(TaskConfig):
    """A task that makes a language model."""

    keep_adapter: bool = False
    """Keep the adapters beside the merged model, in its folder ``adapter``."""

    @model_validator(mode="after")
    def _check_adapter(self) -> Self:
        if self.keep_adapter and self.adapter is None:
            message = (
                "keep_adapter is set, and all weights are trained; set adapter or "
                "leave keep_adapter out"
            )
            raise ValueError(message)
        return self


class InstructionTaskConfig(LanguageFinetuningConfig, LanguageTaskConfig):
    """Instructions, from a file of prompts and targets or of conversations."""


class PreferenceTaskConfig(PreferenceConfig, LanguageTaskConfig):
    """Preferences, from a file of pairs of answers."""


class DroppedTextConfig(StageConfig):
    """Text for a penalty, out of what curation dropped."""

    rules: tuple[str, ...] = Field(min_length=1)
    """Names of rules of curation; of the documents that they dropped those passages
    are flagged which the judge of harm flags, too."""
    max_flagged: int = Field(default=2000, ge=1)
    """Passages at most."""
    max_ordinary: int = Field(default=2000, ge=0)
    """Curated documents of the train split to go on learning from, at most."""
    max_chars: int = Field(default=500, ge=1)
    """Characters of a passage, from its start."""


class UnlikelihoodTaskConfig(UnlikelihoodConfig, LanguageTaskConfig):
    """A penalty on flagged text, from a file of texts, dropped documents, or both."""

    dropped: DroppedTextConfig | None = None
    """Takes flagged text from the documents that curation dropped."""


def settings_of(config: TaskConfig, kind: type[Settings]) -> Settings:
    """The settings of training alone, to which checkpoints belong.

    Where a base and examples come from is no part of them: what they hold is.

    Args:
        config: Settings of a task.
        kind: The class of settings that it adds to.
    """
    names = kind.model_fields
    return kind.model_validate({name: getattr(config, name) for name in names})


def choose_base(config: TaskConfig, task: str, made: Mapping[str, Path]) -> Path:
    """The folder that a task starts from.

    Args:
        config: Settings of the task.
        task: Its name, for the error.
        made: Model folders of this project that it may start from, by name.

    Raises:
        ConfigurationError: If there is no such folder, or it holds no model because
            the task that makes it is not enabled.
    """
    folder = made.get(config.base, Path(config.base))
    if (folder / "config.json").is_file():
        return folder
    if config.base in made:
        problem = f"finetuning.{config.base} made no model; set its enabled: true"
    else:
        known = ", ".join(sorted(made))
        problem = f"that is no folder with a config.json; name one, or one of {known}"
    message = f"finetuning.{task}.base is {config.base}, and {problem}"
    raise ConfigurationError(message)


def read_head_examples(file: ExampleFile, config: HeadTaskConfig) -> pd.DataFrame:
    """Read what :func:`taojin.training.heads.finetune_head` takes.

    Raises:
        DataError: If the file is missing, or is not as the task needs it.
    """
    columns: dict[str, Mapping[str, ColumnKind]] = {
        "multi_label": {"text": "text", "labels": "texts"},
        "regression": {"text": "text", **dict.fromkeys(config.outputs, "number")},
        "pairwise": {"better": "text", "other": "text"},
    }
    return file.read(columns[config.task], config.examples)


def read_instructions(file: ExampleFile, config: InstructionTaskConfig) -> pd.DataFrame:
    """Read what :func:`taojin.training.finetuning.finetune_language_model` takes.

    Raises:
        DataError: If the file is missing, or is not as the task needs it.
    """
    columns: Mapping[str, ColumnKind] = {"prompt": "text", "target": "text"}
    if config.chat is not None:
        columns = {"messages": "messages"}
    elif config.template is not None:
        columns = dict.fromkeys(config.template.fields, "value")
    return file.read(columns, config.examples)


def read_preferences(file: ExampleFile, config: PreferenceTaskConfig) -> pd.DataFrame:
    """Read what :func:`taojin.training.preference.tune_on_preferences` takes.

    Raises:
        DataError: If the file is missing, or is not as the task needs it.
    """
    return file.read(
        {"prompt": "text", "chosen": "text", "rejected": "text"}, config.examples
    )
