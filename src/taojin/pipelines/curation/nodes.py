"""Adapters from catalogue names to the curation and licence libraries."""

from pathlib import Path
from typing import Any

import pandas as pd

from taojin.core.shards import Shards
from taojin.curation import apply, cleaning, decisions, repairing, report, signals
from taojin.curation import duplicates as copies_of
from taojin.curation.apply import ApplyConfig
from taojin.curation.cleaning import CleaningConfig
from taojin.curation.config import (
    CurationConfig,
    PersonalDataConfig,
    RulePresets,
    RulesConfig,
    SignalsConfig,
)
from taojin.curation.decontamination import ContaminationConfig
from taojin.curation.decontamination import find_contamination as search_documents
from taojin.curation.duplicates.config import DuplicatesConfig
from taojin.curation.learned.config import NgramModelConfig
from taojin.curation.learned.measure import model_notes
from taojin.curation.learned.reference import (
    QualityExamplesConfig,
    train_quality,
    train_trusted,
    with_models,
)
from taojin.curation.personal_data import measure_recognisers
from taojin.curation.presets import resolve_rules
from taojin.curation.repair import RepairConfig
from taojin.curation.repeats import boilerplate as lines_of_sources
from taojin.curation.repeats import found as repeats
from taojin.curation.repeats.config import RepeatsConfig
from taojin.engines import EngineConfig
from taojin.governance.licences import LicencePolicy
from taojin.ingestion.config import SourceRegistry
from taojin.pipelines.curation.verdicts import licence_verdicts


def count_lines(
    documents: Shards, config: RepeatsConfig, engine: EngineConfig, workspace: Path
) -> pd.DataFrame:
    """Find boilerplate; see :func:`taojin.curation.repeats.boilerplate.count_lines`."""
    return lines_of_sources.count_lines(
        documents,
        None,
        config.lines,
        workspace=workspace / "boilerplate_lines",
        engine=engine,
    )


def repair_documents(
    documents: Shards,
    boilerplate: pd.DataFrame,
    config: RepairConfig,
    engine: EngineConfig,
    workspace: Path,
) -> Shards:
    """Repair texts; see :func:`taojin.curation.repairing.repair_documents`."""
    return repairing.repair_documents(
        documents, boilerplate, config, workspace / "repaired_documents", engine
    )


def train_trusted_model(
    documents: Shards,
    sources: SourceRegistry,
    config: NgramModelConfig,
    workspace: Path,
) -> Path:
    """Learn what trusted text is like.

    See :func:`taojin.curation.learned.reference.train_trusted`.
    """
    trusted = tuple(source.name for source in sources if source.trusted)
    return train_trusted(documents, trusted, config, workspace / "trusted_model")


def train_quality_model(config: QualityExamplesConfig, workspace: Path) -> Path:
    """Learn from labelled examples, where there are some.

    See :func:`taojin.curation.learned.reference.train_quality`.
    """
    return train_quality(config, workspace / "quality_model")


def measure_signals(
    documents: Shards,
    trusted_model: Path,
    quality_model: Path,
    config: SignalsConfig,
    engine: EngineConfig,
    workspace: Path,
) -> Shards:
    """Measure documents; see :func:`taojin.curation.signals.measure_signals`."""
    learned = with_models(config.learned, trusted_model, quality_model)
    return signals.measure_signals(
        documents,
        config.model_copy(update={"learned": learned}),
        workspace / "signals",
        engine,
    )


def find_duplicates(
    measured: Shards, config: DuplicatesConfig, engine: EngineConfig, workspace: Path
) -> pd.DataFrame:
    """Find copies; see :func:`taojin.curation.duplicates.find_duplicates`."""
    return copies_of.find_duplicates(
        measured, config, workspace=workspace / "duplicates", engine=engine
    )


def find_contamination(
    documents: Shards,
    evaluation_sets: Shards,
    config: ContaminationConfig,
    engine: EngineConfig,
    workspace: Path,
) -> pd.DataFrame:
    """Find leaks; see :func:`taojin.curation.decontamination.find_contamination`."""
    return search_documents(
        documents,
        evaluation_sets,
        config,
        workspace=workspace / "contamination",
        engine=engine,
    )


def judge_documents(
    measured: Shards,
    clusters: pd.DataFrame,
    contamination: pd.DataFrame,
    rules: RulesConfig,
    presets: RulePresets,
    copies: DuplicatesConfig,
    policy: LicencePolicy,
    workspace: Path,
) -> Shards:
    """Keep or drop; see :func:`taojin.curation.decisions.decide`."""
    resolved = resolve_rules(rules, presets)
    return decisions.decide(
        measured,
        clusters,
        CurationConfig(rules=resolved, duplicates=copies),
        licence_verdicts(measured, policy),
        workspace / "judgements",
        contamination,
    )


def find_repeated_text(
    documents: Shards,
    judgements: Shards,
    config: RepeatsConfig,
    engine: EngineConfig,
    workspace: Path,
) -> Shards:
    """Find what stands twice; see :func:`taojin.curation.repeats.found.find_repeated_text`."""
    return repeats.find_repeated_text(
        documents,
        judgements,
        config,
        workspace=workspace / "repeated_text",
        engine=engine,
    )


def settle_decisions(
    documents: Shards,
    judgements: Shards,
    cuts: Shards,
    config: CleaningConfig,
    rules: RulesConfig,
    presets: RulePresets,
    engine: EngineConfig,
    workspace: Path,
) -> Shards:
    """Drop what cleaning empties.

    See :func:`taojin.curation.cleaning.settle_decisions`.
    """
    return cleaning.settle_decisions(
        documents,
        judgements,
        cuts,
        config,
        resolve_rules(rules, presets).clean_lines,
        output=workspace / "decisions",
        engine=engine,
    )


def apply_decisions(
    documents: Shards,
    decided: Shards,
    cuts: Shards,
    config: PersonalDataConfig,
    rules: RulesConfig,
    presets: RulePresets,
    engine: EngineConfig,
    workspace: Path,
) -> dict[str, Shards]:
    """Part the documents; see :func:`taojin.curation.apply.apply_decisions`."""
    clean_lines = resolve_rules(rules, presets).clean_lines
    curated, dropped = apply.apply_decisions(
        documents,
        decided,
        cuts,
        ApplyConfig(redact=config.redact, clean_lines=clean_lines),
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
    contamination: pd.DataFrame,
    cuts: Shards,
    rules: RulesConfig,
    presets: RulePresets,
    copies: DuplicatesConfig,
    policy: LicencePolicy,
) -> dict[str, Any]:
    """Count and explain; see :func:`taojin.curation.report.report_curation`."""
    resolved = resolve_rules(rules, presets)
    return report.report_curation(
        documents,
        measured,
        decided,
        clusters,
        CurationConfig(rules=resolved, duplicates=copies),
        licence_verdicts(measured, policy),
        contamination=contamination,
        repeated_spans={**cuts.counts, **decided.counts},
        repairs=repairing.repairs_by_source(documents),
        recognisers=measure_recognisers(),
        models=_model_notes(),
    )


def _model_notes() -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            **note,
            "identity_terms": note.get("identity_false_positives", []),
        }
        for name, note in model_notes().items()
    ]
