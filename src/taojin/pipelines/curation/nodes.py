"""Adapters from catalogue names to the curation and licence libraries."""

from pathlib import Path
from typing import Any

import pandas as pd

from taojin.core.shards import Shards
from taojin.curation import apply, decisions, duplicates, report, signals
from taojin.curation.config import (
    CurationConfig,
    DuplicatesConfig,
    PersonalDataConfig,
    RulesConfig,
    SignalsConfig,
)
from taojin.engines import EngineConfig
from taojin.governance.licences import (
    LicencePolicy,
    LicenceVerdict,
    judge_licence,
)


def measure_signals(
    documents: Shards, config: SignalsConfig, engine: EngineConfig, workspace: Path
) -> Shards:
    """Measure documents; see :func:`taojin.curation.signals.measure_signals`."""
    return signals.measure_signals(documents, config, workspace / "signals", engine)


def find_duplicates(measured: Shards, config: DuplicatesConfig) -> pd.DataFrame:
    """Find copies; see :func:`taojin.curation.duplicates.find_duplicates`."""
    return duplicates.find_duplicates(measured, config)


def decide_documents(
    measured: Shards,
    clusters: pd.DataFrame,
    rules: RulesConfig,
    copies: DuplicatesConfig,
    policy: LicencePolicy,
    workspace: Path,
) -> Shards:
    """Keep or drop; see :func:`taojin.curation.decisions.decide`."""
    return decisions.decide(
        measured,
        clusters,
        CurationConfig(rules=rules, duplicates=copies),
        _verdicts(measured, policy),
        workspace / "decisions",
    )


def apply_decisions(
    documents: Shards,
    decided: Shards,
    config: PersonalDataConfig,
    engine: EngineConfig,
    workspace: Path,
) -> dict[str, Shards]:
    """Part the documents; see :func:`taojin.curation.apply.apply_decisions`."""
    curated, dropped = apply.apply_decisions(
        documents,
        decided,
        config,
        output_kept=workspace / "curated_documents",
        output_dropped=workspace / "dropped_documents",
        engine=engine,
    )
    return {"curated": curated, "dropped": dropped}


def report_curation(
    documents: Shards,
    measured: Shards,
    decided: Shards,
    clusters: pd.DataFrame,
    rules: RulesConfig,
    policy: LicencePolicy,
) -> dict[str, Any]:
    """Count and explain; see :func:`taojin.curation.report.report_curation`."""
    return report.report_curation(
        documents,
        measured,
        decided,
        clusters,
        CurationConfig(rules=rules),
        _verdicts(measured, policy),
    )


def _verdicts(
    measured: Shards, policy: LicencePolicy
) -> dict[str | None, LicenceVerdict]:
    licences = measured.read(["licence"])["licence"].unique().to_pylist()
    return {licence: judge_licence(licence, policy) for licence in licences}
