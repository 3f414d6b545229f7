"""Adapters from catalogue names to the search."""

from pathlib import Path
from typing import Any

import pandas as pd

from taojin.core.shards import Shards
from taojin.curation.config import RulesConfig
from taojin.engines import EngineConfig
from taojin.features.tokens import TokenShards
from taojin.training.config import PretrainingConfig
from taojin.training.tuning import report, search, winner
from taojin.training.tuning.config import TuningConfig
from taojin.training.tuning.records import TrialRecorder
from taojin.training.tuning.space import SearchSpace


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
        tokens,
        tokenizer,
        signals,
        SearchSpace(config, pretraining),
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


def report_search(
    trials: pd.DataFrame, config: TuningConfig, pretraining: PretrainingConfig
) -> dict[str, Any]:
    """Report and draw; see :mod:`taojin.training.tuning.report`."""
    space = SearchSpace(config, pretraining)
    return {
        "report": report.report_search(trials, space),
        "importance": report.importance_figure(trials, space),
        "coordinates": report.coordinates_figure(trials, space),
    }


def report_scaling_law(trials: pd.DataFrame, config: TuningConfig) -> dict[str, Any]:
    """Fit, predict, draw; see :mod:`taojin.training.tuning.scaling_law`."""
    found = report.report_scaling_law(trials, config.scaling_law)
    return {"report": found, "figure": report.scaling_law_figure(found)}
