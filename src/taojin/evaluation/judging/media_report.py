"""Folders of images or recordings in, one JSON-able report out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from taojin.evaluation.comparison.tables import ComparisonConfig, Measured
from taojin.evaluation.features import FeatureExtractor
from taojin.evaluation.items.config import ItemsConfig
from taojin.evaluation.items.item_sets import ItemSet, require_same_kind
from taojin.evaluation.items.read import read_items
from taojin.evaluation.judging.legality import merged
from taojin.evaluation.judging.media import (
    MediaSet,
    audit_media,
    examples_of,
    judge_media,
    media_extractor,
    media_set,
)
from taojin.evaluation.judging.media_config import MediaJudgingConfig
from taojin.evaluation.judging.media_samples import ShownSets, media_samples
from taojin.evaluation.judging.report import report_candidates


@dataclass(frozen=True)
class RealMedia:
    """What candidates are judged by.

    Attributes:
        extractor: Makes features.
        held_out: Real items that no model was trained on.
        others: More of them, if there are.
        training: What models were trained on, if it is known.
    """

    extractor: FeatureExtractor
    held_out: MediaSet
    others: MediaSet | None
    training: MediaSet | None


class MediaJudgement(NamedTuple):
    """What was found, and what of it can be looked at.

    Attributes:
        report: See :func:`report_media`.
        samples: See :func:`~taojin.evaluation.judging.media_samples.media_samples`.
    """

    report: dict[str, Any]
    samples: dict[str, Any]


def report_media(
    config: MediaJudgingConfig, network: str | Path | None = None
) -> dict[str, Any]:
    """Judge all candidates beside real items and beside each other.

    As :func:`judge_media_sets`, without samples to look at.

    Returns:
        ``modality``, ``extractor``, ``num_real``, ``num_other_real`` and what
        :func:`~taojin.evaluation.judging.report.report_candidates` gives; each
        candidate has ``facts``, ``tables``, ``warnings`` and ``examples`` (ids) too.
    """
    without = config.shown.model_copy(
        update={"num_images": 0, "num_recordings": 0, "num_pairs": 0}
    )
    quick = config.model_copy(update={"shown": without})
    return judge_media_sets(quick, network).report


def judge_media_sets(
    config: MediaJudgingConfig, network: str | Path | None = None
) -> MediaJudgement:
    """Judge all candidates, and encode samples of them.

    Folders are read one after the other, and of each only features and hashes are
    kept.

    Args:
        config: Folders and metrics.
        network: Folder of a network that makes features; null takes none.

    Raises:
        SourceReadError: If a folder is not there.
        DataError: If items are of several modalities, or too few for a metric.
        CorruptArtifactError: If the network is damaged, or of the other modality.
    """
    # All are read before anything is computed: a folder that is missing or of another
    # modality is found at once.
    reference = read_items(config.reference, config.items)
    own = {
        name: read_items(path, config.items) for name, path in config.locations.items()
    }
    whole = config.items.model_copy(update={"max_items": None})
    others = _read(config.other_reference, config.items, reference)
    training = _read(config.training, whole, reference)
    for items in own.values():
        require_same_kind(items, reference)
    extractor = media_extractor(reference.modality, config, network)
    real = RealMedia(
        extractor,
        media_set(reference, extractor, config),
        None if others is None else media_set(others, extractor, config),
        None if training is None else media_set(training, extractor, config),
    )
    judged: dict[str, list[Measured]] = {}
    parts: dict[str, dict[str, Any]] = {}
    for name, items in own.items():
        judged[name], parts[name] = _judge(items, real, config)
    comparison = ComparisonConfig(
        intervals=config.intervals,
        correction=config.correction,
        baseline=config.baseline,
    )
    report = report_candidates(judged, {}, comparison)
    for name, part in parts.items():
        report["candidates"][name] |= part
    whole_report = {
        "modality": reference.modality,
        "extractor": extractor.fingerprint,
        "num_real": len(reference),
        "num_other_real": 0 if others is None else len(others),
        **report,
    }
    copies = {
        name: part["tables"]["suspected_copies"]
        for name, part in parts.items()
        if "suspected_copies" in part["tables"]
    }
    shown = ShownSets(reference, own, training, copies)
    return MediaJudgement(whole_report, media_samples(shown, config))


def _read(path: str | None, config: ItemsConfig, reference: ItemSet) -> ItemSet | None:
    if path is None:
        return None
    found = read_items(path, config)
    require_same_kind(found, reference)
    return found


def _judge(
    items: ItemSet, real: RealMedia, config: MediaJudgingConfig
) -> tuple[list[Measured], dict[str, Any]]:
    generated = media_set(items, real.extractor, config)
    measured = judge_media(generated, real.held_out, real.others, config)
    part: dict[str, Any] = {"facts": {}, "tables": {}, "warnings": []}
    if real.training is not None:
        found = audit_media(generated, real.training, real.held_out, config)
        measured += [Measured(score) for score in found.scores]
        part = merged([found])
    part["facts"] |= {
        "num_items": len(items),
        "rejected": items.reasons,
        "noted": dict(items.noted),
    }
    part["examples"] = examples_of(items)
    return measured, part
