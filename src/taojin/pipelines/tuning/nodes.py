"""Adapters from catalogue names to the search."""

from pathlib import Path
from typing import Any

import pandas as pd

from taojin.core.errors import EmptyStageError
from taojin.core.shards import Shards
from taojin.curation.config import RulesConfig
from taojin.engines import EngineConfig
from taojin.features.tokens import TokenShards
from taojin.training.config import PretrainingConfig
from taojin.training.finetuning_config import ClassifierFinetuningConfig
from taojin.training.tuning import report, search, winner
from taojin.training.tuning.config import TuningConfig
from taojin.training.tuning.records import TrialRecorder
from taojin.training.tuning.space import SearchSpace
from taojin.training.tuning.targets import ClassifierTarget, PretrainingTarget

_TOPIC = "finetuning.topic"


def search_hyperparameters(
    tokens: TokenShards,
    tokenizer: str,
    signals: Shards,
    config: TuningConfig,
    pretraining: PretrainingConfig,
    engine: EngineConfig,
    recorder: TrialRecorder,
    workspace: Path,
) -> pd.DataFrame:
    """Search; see :func:`taojin.training.tuning.search.search_hyperparameters`."""
    return search.search_hyperparameters(
        PretrainingTarget(tokens, tokenizer, signals),
        SearchSpace(config, pretraining),
        engine=engine,
        workspace=workspace,
        recorder=recorder,
    )


def search_topic_hyperparameters(
    examples: pd.DataFrame,
    base: Path,
    config: TuningConfig,
    topic: ClassifierFinetuningConfig,
    engine: EngineConfig,
    recorder: TrialRecorder,
    workspace: Path,
) -> pd.DataFrame:
    """Search for the topic classifier.

    Raises:
        EmptyStageError: If the corpus has no topics.
    """
    if examples.empty:
        message = (
            "topic_tuning has no labelled examples to finetune on; name the column of "
            "topics in features, or search pretraining"
        )
        raise EmptyStageError(message)
    return search.search_hyperparameters(
        ClassifierTarget(examples, base),
        SearchSpace(config, topic, _TOPIC),
        engine=engine,
        workspace=workspace,
        recorder=recorder,
    )


def write_tuned_parameters(
    trials: pd.DataFrame,
    config: TuningConfig,
    pretraining: PretrainingConfig,
    rules: RulesConfig,
) -> str:
    """Write the winner; see :func:`taojin.training.tuning.winner.write_parameters`."""
    space = SearchSpace(config, pretraining)
    return winner.write_parameters(trials, space, rules.thresholds)


def write_tuned_topic_parameters(
    trials: pd.DataFrame, config: TuningConfig, topic: ClassifierFinetuningConfig
) -> str:
    """Write the winner for the topic classifier."""
    return winner.write_parameters(trials, SearchSpace(config, topic, _TOPIC))


def report_search(
    trials: pd.DataFrame, config: TuningConfig, pretraining: PretrainingConfig
) -> dict[str, Any]:
    """Report and draw; see :mod:`taojin.training.tuning.report`."""
    return _report(trials, SearchSpace(config, pretraining))


def report_topic_search(
    trials: pd.DataFrame, config: TuningConfig, topic: ClassifierFinetuningConfig
) -> dict[str, Any]:
    """Report and draw the search for the topic classifier."""
    return _report(trials, SearchSpace(config, topic, _TOPIC))


def report_scaling_law(trials: pd.DataFrame, config: TuningConfig) -> dict[str, Any]:
    """Fit, predict, draw; see :mod:`taojin.training.tuning.scaling_law`."""
    found = report.report_scaling_law(trials, config.scaling_law)
    return {"report": found, "figure": report.scaling_law_figure(found)}


def _report(trials: pd.DataFrame, space: SearchSpace) -> dict[str, Any]:
    return {
        "report": report.report_search(trials, space),
        "importance": report.importance_figure(trials, space),
        "coordinates": report.coordinates_figure(trials, space),
    }
