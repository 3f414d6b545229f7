"""Adapters from catalogue names to the judging of sets of generated texts."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from taojin.core.errors import ConfigurationError
from taojin.core.fingerprints import fingerprint_of, hash_file
from taojin.core.shards import Shards
from taojin.curation.personal_data import find
from taojin.evaluation.audits.corpora import training_corpus, training_texts
from taojin.evaluation.audits.extraction import audit_extraction, continue_greedily
from taojin.evaluation.audits.membership import audit_membership
from taojin.evaluation.audits.results import AuditResult
from taojin.evaluation.comparison.tables import ComparisonConfig, Measured
from taojin.evaluation.config import EvaluationConfig
from taojin.evaluation.items.item_sets import ItemSet, Rejection
from taojin.evaluation.items.read import read_items
from taojin.evaluation.judging.config import CandidateConfig, JudgingConfig
from taojin.evaluation.judging.labels import read_labels
from taojin.evaluation.judging.legality import (
    AUDITS,
    TrainingText,
    audit_planted,
    audit_sets,
    merged,
)
from taojin.evaluation.judging.report import report_candidates
from taojin.evaluation.judging.texts import judge_texts, real_texts
from taojin.features.splits import texts_of_split
from taojin.features.tokens import TokenShards
from taojin.generation.config import GenerationConfig, SamplingConfig
from taojin.generation.preparation import prepare
from taojin.generation.sampling import sample
from taojin.media.decoded import EMPTY
from taojin.models.bases import load_base
from taojin.models.encoding import encode
from taojin.models.storage import load_tokenizer
from taojin.reporting.axes_page import AxesInputs, render_axes

Json = dict[str, Any]

_COLUMNS = (
    "candidate", "family", "temperature", "item_id", "text", "label", "rejected",
)  # fmt: skip


def take_candidate_inventory(config: Any) -> Json:
    """Identify what lies outside the catalogue, so that changes of it are seen.

    Args:
        config: A :class:`~taojin.evaluation.judging.config.JudgingConfig`. Kedro makes
            one of every annotated parameter, and cannot if it has made one of the whole
            stage's before; so the type is not told.

    Raises:
        ConfigurationError: If something is not there.
    """
    config = JudgingConfig.model_validate(config)
    places = {
        f"candidates.{name}.location": one.location for name, one in _named(config)
    }
    places["extractor_model"] = config.extractor_model
    places["independent_model"] = config.independent_model
    places["canaries.location"] = config.canaries and config.canaries.location
    found = {setting: place for setting, place in places.items() if place is not None}
    missing = [
        f"{setting}: {place}" for setting, place in found.items()
        if not Path(place).exists()
    ]  # fmt: skip
    if missing:
        message = (
            f"evaluation.judging names {', '.join(missing)}, and nothing is there; give "
            "a file of texts, or the folder of a model"
        )
        raise ConfigurationError(message)
    return {place: _identity(Path(place)) for place in found.values()}


def write_candidates(
    model: Path,
    inventory: Json,  # noqa: ARG001 - a changed file is judged anew
    config: Any,
    generation: GenerationConfig,
) -> pd.DataFrame:
    """Let models write and read what others wrote.

    Args:
        model: The model of this run.
        inventory: Of files and other models.
        config: As in :func:`take_candidate_inventory`.
        generation: Sampling settings; the temperature is that of the candidate.

    Returns:
        ``candidate``, ``family`` (the model it is a temperature of), ``temperature``
        (null for a file), ``item_id``, ``text``, ``label`` (what it was asked to be,
        or null), ``rejected`` (null, or a reason).

    Raises:
        DataError: If a file holds nothing to judge, or a text there has no label.
        ConfigurationError: If a model's folder holds none, or files have no fields.
    """
    config = JudgingConfig.model_validate(config)
    # Files first: what is wrong with one shows before hours of sampling.
    read = {
        name: _read(name, candidate)
        for name, candidate in _named(config)
        if candidate.kind == "file"
    }
    frames = [
        frame
        for name, candidate in _named(config)
        for frame in (
            [read[name]]
            if name in read
            else _written(name, candidate, model, config.num_texts, generation)
        )
    ]
    return pd.concat(frames, ignore_index=True)


def judge_candidates(
    candidates: pd.DataFrame,
    tokens: TokenShards,
    model: Path,
    documents: Shards,
    document_splits: pd.DataFrame,
    config: EvaluationConfig,
) -> Json:
    """Judge every set; see :mod:`taojin.evaluation.judging`."""
    held_out, others, training = (
        texts_of_split(documents, document_splits, split)
        for split in ("test", "validation", "train")
    )
    settings, intervals = config.judging, config.intervals
    real = real_texts(held_out, others, training, settings)
    tokenizer = load_tokenizer(model)
    known = TrainingText.of_shards(
        tokens, documents, lambda text: encode(tokenizer, text), find
    )
    judged: dict[str, list[Measured]] = {}
    audits: dict[str, Json] = {}
    sets = dict(_item_sets(candidates))
    audited = audit_sets(
        [list(items.items) for items in sets.values()],
        held_out,
        known,
        config.legality,
        intervals.confidence,
    )
    for (name, items), found in zip(sets.items(), audited, strict=True):
        judged[name] = [
            *judge_texts(items, real, settings, config.diversity, intervals),
            *(Measured(score) for one in found for score in one.scores),
        ]
        audits[name] = {**merged(found, AUDITS), "examples": list(items.items)[:5]}
    comparison = ComparisonConfig(
        intervals=intervals, correction=settings.correction, baseline=settings.baseline
    )
    report = report_candidates(judged, _families(candidates), comparison)
    for name, audit in audits.items():
        report["candidates"][name] |= audit
    return {
        "modality": "text",
        "extractor": real.extractor.fingerprint,
        "num_real": len(held_out),
        "num_other_real": len(others),
        **report,
    }


def audit_memory(
    model: Path,
    inventory: Json,  # noqa: ARG001 - a changed file of canaries is read anew
    tokens: TokenShards,
    documents: Shards,
    document_splits: pd.DataFrame,
    config: EvaluationConfig,
) -> Json:
    """Try to tell from the model what it was trained on, and to get it out of it."""
    base = load_base(model)
    legality, intervals, planted = (
        config.legality, config.intervals, config.judging.canaries,
    )  # fmt: skip
    corpus = training_corpus(tokens, documents)
    members, others = (
        texts_of_split(documents, document_splits, split) for split in ("train", "test")
    )
    results: dict[str, AuditResult] = {
        "membership": audit_membership(
            base, members, others, legality.membership, intervals
        ),
        "extraction": audit_extraction(
            continue_greedily(prepare(base.model)),
            corpus,
            tokens.document_tokens("test"),
            legality.extraction,
            base.edges.start,
            intervals.confidence,
        ),
    }
    if planted is not None:
        known = set(corpus.documents["document_id"])
        results["canaries"] = audit_planted(
            base, training_texts(documents, known), planted, intervals
        )
    scores = {
        one.name: one.model_dump() for found in results.values() for one in found.scores
    }
    return {"scores": scores, **merged(list(results.values()), list(results))}


def render_axes_page(
    axes: Json, memory: Json, robustness: Json, usability: Json, explanations: Json
) -> str:
    """Draw the page; see :func:`taojin.reporting.axes_page.render_axes`."""
    return render_axes(AxesInputs(axes, memory, robustness, usability, explanations))


def _named(config: JudgingConfig) -> Iterator[tuple[str, CandidateConfig]]:
    for name, candidate in config.candidates.items():
        if candidate is not None:
            yield name, candidate


def _identity(path: Path) -> str:
    if path.is_file():
        return hash_file(path)
    files = sorted(file for file in path.rglob("*") if file.is_file())
    return fingerprint_of(
        [[str(one.relative_to(path)), hash_file(one)] for one in files]
    )


def _read(name: str, candidate: CandidateConfig) -> pd.DataFrame:
    items = read_items(str(candidate.location), candidate.items)
    labels = None
    if candidate.label_field is not None:
        labels = read_labels(str(candidate.location), candidate, items)
    return _frame(name, name, None, items, labels)


def _written(
    name: str,
    candidate: CandidateConfig,
    model: Path,
    num_texts: int,
    generation: GenerationConfig,
) -> Iterator[pd.DataFrame]:
    base = load_base(candidate.location or model)
    ready = prepare(base.model, generation.sampling.precision)
    temperatures = candidate.temperatures or (generation.sampling.temperature,)
    for temperature in temperatures:
        own = f"{name} at {temperature:g}" if len(temperatures) > 1 else name
        settings = SamplingConfig.model_validate(
            generation.sampling.model_dump()
            | {"temperature": temperature, "precision": None}
        )
        texts = [
            one.text
            for one in sample(
                ready, base.tokenizer, [""] * num_texts, settings, edges=base.edges
            )
        ]
        yield _frame(own, name, temperature, _usable(texts))


def _usable(texts: list[str]) -> ItemSet:
    """Generated texts as a set; an empty one is rejected, and counted as such."""
    ids = [str(place) for place in range(len(texts))]
    usable = [place for place, text in enumerate(texts) if text.strip()]
    empty = [place for place, text in enumerate(texts) if not text.strip()]
    return ItemSet(
        "text",
        [texts[place] for place in usable],
        tuple(ids[place] for place in usable),
        tuple(Rejection(ids[place], EMPTY, "nothing was written") for place in empty),
    )


def _frame(
    name: str,
    family: str,
    temperature: float | None,
    items: ItemSet,
    labels: Sequence[str] | None = None,
) -> pd.DataFrame:
    asked = [None] * len(items) if labels is None else labels
    usable = [
        (item_id, text, label, None)
        for item_id, text, label in zip(items.ids, items.items, asked, strict=True)
    ]
    refused = [(one.id, "", None, one.reason) for one in items.rejected]
    rows = [(name, family, temperature, *row) for row in (*usable, *refused)]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    return frame.astype({"temperature": "float64", "label": "str", "rejected": "str"})


def _item_sets(candidates: pd.DataFrame) -> Iterator[tuple[str, ItemSet]]:
    for name, rows in candidates.groupby("candidate", sort=False):
        refused = rows["rejected"].notna()
        usable, others = rows.loc[~refused], rows.loc[refused]
        yield (
            str(name),
            ItemSet(
                "text",
                usable["text"].tolist(),
                tuple(usable["item_id"]),
                tuple(
                    Rejection(item_id, reason, "")
                    for item_id, reason in zip(
                        others["item_id"], others["rejected"], strict=True
                    )
                ),
            ),
        )


def _families(candidates: pd.DataFrame) -> dict[str, dict[float, str]]:
    """Names of the sets that a model wrote, by model and temperature."""
    columns = ["family", "temperature", "candidate"]
    rows = candidates.dropna(subset=["temperature"]).drop_duplicates(columns)
    families: dict[str, dict[float, str]] = {}
    for family, temperature, name in zip(*(rows[one] for one in columns), strict=True):
        families.setdefault(str(family), {})[float(temperature)] = str(name)
    return families
