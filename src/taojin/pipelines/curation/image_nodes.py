"""Adapters from catalogue names to the curation of images."""

from pathlib import Path
from typing import Any

import pandas as pd

from taojin.core.shards import Shards
from taojin.curation.media import apply, copies, decisions, image_signals, report
from taojin.curation.media.config import CopiesConfig, ImageRules
from taojin.engines import EngineConfig
from taojin.governance.licences import LicencePolicy, LicenceVerdict, judge_licence

_ID = "image_id"


def measure_images(images: Shards, engine: EngineConfig, workspace: Path) -> Shards:
    """Measure; see :func:`taojin.curation.media.image_signals.measure_images`."""
    return image_signals.measure_images(images, workspace / "image_signals", engine)


def find_image_copies(signals: Shards, config: CopiesConfig) -> pd.DataFrame:
    """Find copies; see :func:`taojin.curation.media.copies.find_media_copies`."""
    return copies.find_media_copies(signals, config, _ID)


def decide_images(
    signals: Shards,
    clusters: pd.DataFrame,
    rules: ImageRules,
    policy: LicencePolicy,
    workspace: Path,
) -> Shards:
    """Decide; see :func:`taojin.curation.media.decisions.decide_media`."""
    verdicts = _verdicts(signals, policy)
    output = workspace / "image_decisions"
    return decisions.decide_media(signals, clusters, rules, verdicts, output, _ID)


def part_images(
    images: Shards, decisions: Shards, engine: EngineConfig, workspace: Path
) -> dict[str, Shards]:
    """Part; see :func:`taojin.curation.media.apply.apply_media_decisions`."""
    kept, dropped = apply.apply_media_decisions(
        images,
        decisions,
        _ID,
        output_kept=workspace / "curated_images",
        output_dropped=workspace / "dropped_images",
        engine=engine,
    )
    return {"kept": kept, "dropped": dropped}


def report_image_curation(
    images: Shards,
    signals: Shards,
    decisions: Shards,
    clusters: pd.DataFrame,
    rules: ImageRules,
    policy: LicencePolicy,
) -> dict[str, Any]:
    """Report; see :func:`taojin.curation.media.report.report_media_curation`."""
    verdicts = _verdicts(signals, policy)
    return report.report_media_curation(
        images, signals, decisions, clusters, rules, verdicts, _ID
    )


def _verdicts(
    signals: Shards, policy: LicencePolicy
) -> dict[str | None, LicenceVerdict]:
    licences: set[str | None] = set()
    for table in signals.tables(["licence"]):
        licences.update(table["licence"].unique().to_pylist())
    return {licence: judge_licence(licence, policy) for licence in licences}
