"""Adapters from catalogue names to the curation of images and of recordings."""

from pathlib import Path
from typing import Any

import pandas as pd

from taojin.core.shards import Shards
from taojin.curation.media import (
    apply,
    clip_signals,
    copies,
    decisions,
    image_signals,
    report,
)
from taojin.curation.media.config import ClipRules, CopiesConfig, ImageRules, MediaRules
from taojin.engines import EngineConfig
from taojin.governance.licences import LicencePolicy
from taojin.pipelines.curation.verdicts import licence_verdicts

_IDS = ("image_id", "clip_id")


def measure_images(images: Shards, engine: EngineConfig, workspace: Path) -> Shards:
    """Measure; see :func:`taojin.curation.media.image_signals.measure_images`."""
    return image_signals.measure_images(images, workspace / "image_signals", engine)


def measure_clips(clips: Shards, engine: EngineConfig, workspace: Path) -> Shards:
    """Measure; see :func:`taojin.curation.media.clip_signals.measure_clips`."""
    return clip_signals.measure_clips(clips, workspace / "clip_signals", engine)


def find_media_copies(signals: Shards, config: CopiesConfig) -> pd.DataFrame:
    """Find copies; see :func:`taojin.curation.media.copies.find_media_copies`."""
    return copies.find_media_copies(signals, config, _id_of(signals))


def decide_images(
    signals: Shards,
    clusters: pd.DataFrame,
    rules: ImageRules,
    policy: LicencePolicy,
    workspace: Path,
) -> Shards:
    """Decide; see :func:`taojin.curation.media.decisions.decide_media`."""
    return _decide(signals, clusters, rules, policy, workspace / "image_decisions")


def decide_clips(
    signals: Shards,
    clusters: pd.DataFrame,
    rules: ClipRules,
    policy: LicencePolicy,
    workspace: Path,
) -> Shards:
    """Decide; see :func:`taojin.curation.media.decisions.decide_media`."""
    return _decide(signals, clusters, rules, policy, workspace / "clip_decisions")


def part_media(
    items: Shards, decisions: Shards, engine: EngineConfig, workspace: Path
) -> dict[str, Shards]:
    """Part; see :func:`taojin.curation.media.apply.apply_media_decisions`."""
    id_column = _id_of(decisions)
    kept, dropped = apply.apply_media_decisions(
        items,
        decisions,
        id_column,
        output_kept=workspace / f"kept_by_{id_column}",
        output_dropped=workspace / f"dropped_by_{id_column}",
        engine=engine,
    )
    return {"kept": kept, "dropped": dropped}


def report_image_curation(
    items: Shards,
    signals: Shards,
    decisions: Shards,
    clusters: pd.DataFrame,
    rules: ImageRules,
    policy: LicencePolicy,
) -> dict[str, Any]:
    """Report; see :func:`taojin.curation.media.report.report_media_curation`."""
    verdicts = licence_verdicts(signals, policy)
    return report.report_media_curation(
        items, signals, decisions, clusters, rules, verdicts, _id_of(signals)
    )


def report_clip_curation(
    items: Shards,
    signals: Shards,
    decisions: Shards,
    clusters: pd.DataFrame,
    rules: ClipRules,
    policy: LicencePolicy,
) -> dict[str, Any]:
    """Report; see :func:`taojin.curation.media.report.report_media_curation`."""
    verdicts = licence_verdicts(signals, policy)
    return report.report_media_curation(
        items, signals, decisions, clusters, rules, verdicts, _id_of(signals)
    )


def _decide(
    signals: Shards,
    clusters: pd.DataFrame,
    rules: MediaRules,
    policy: LicencePolicy,
    output: Path,
) -> Shards:
    verdicts = licence_verdicts(signals, policy)
    id_column = _id_of(signals)
    return decisions.decide_media(signals, clusters, rules, verdicts, output, id_column)


def _id_of(measured: Shards) -> str:
    """The column that names the items: of images or of recordings."""
    names = next(iter(measured.tables())).column_names
    return next(name for name in _IDS if name in names)
