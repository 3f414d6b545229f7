"""Adapters from catalogue names to how models behave: shifted, in use, and why.

A task without labelled examples has empty parts: Kedro does not save null.
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from taojin.core.shards import Shards
from taojin.evaluation.audits.drawing import order_by_hash
from taojin.evaluation.config import EvaluationConfig
from taojin.evaluation.judging.reasons import (
    check_explanations,
    explain_decisions,
    explain_generations,
)
from taojin.evaluation.judging.robustness import (
    Labelled,
    Predict,
    classifier_robustness,
    likelihood_robustness,
)
from taojin.evaluation.judging.uses import judge_uses
from taojin.evaluation.usability import CostConfig, LabelledItems, measure_cost
from taojin.features.splits import split_of_documents
from taojin.generation.config import GenerationConfig
from taojin.generation.preparation import prepare
from taojin.generation.sampling import sample
from taojin.models.bases import Base, load_base
from taojin.models.heads import load_head
from taojin.models.prediction import predict_labels
from taojin.pipelines.evaluation.retraining import proxy_trainer

Json = dict[str, Any]

HELD_OUT = "test"
UNKNOWN = "unknown"
"""Group of documents that do not say theirs."""
_GROUPED = ("document_id", "text", "source", "language", "metadata")
_DESCRIBED = ("document_id", "text", "title", "source", "licence")


def measure_robustness(
    model: Path,
    topic_model: Path,
    examples: pd.DataFrame,
    documents: Shards,
    document_splits: pd.DataFrame,
    config: EvaluationConfig,
) -> Json:
    """Shift held-out texts, and measure again what both models make of them."""
    shifts, intervals = config.shifts, config.intervals
    held_out = _split(examples, HELD_OUT)
    pairs = zip(held_out["text"], held_out["label"], strict=True)
    labelled = [Labelled(text, str(label)) for text, label in pairs]
    frame = _documents(documents, document_splits, HELD_OUT, _GROUPED)
    known = [
        Labelled(row["text"], _group_of(row, shifts.group_field))
        for row in frame.to_dict(orient="records")
    ]
    base = load_base(model)
    report: Json = {"likelihood": likelihood_robustness(known, base, shifts, intervals)}
    if labelled:
        predict = _predictor(topic_model)
        report["topic"] = classifier_robustness(labelled, predict, shifts, intervals)
    return report


def measure_usability(
    candidates: pd.DataFrame,
    model: Path,
    topic_model: Path,
    examples: pd.DataFrame,
    config: EvaluationConfig,
    generation: GenerationConfig,
) -> Json:
    """Time the model of this run, and put labelled sets to use."""
    base = load_base(model)
    sampling = generation.sampling.model_copy(
        update={"num_threads": config.uses.num_threads}
    )
    ready = prepare(base.model, sampling.precision)
    costs = measure_cost(
        lambda prompts: sample(
            ready, base.tokenizer, prompts, sampling, edges=base.edges
        ),
        [""] * config.uses.num_timed_texts,
        CostConfig(confidence=config.intervals.confidence),
    )
    report: Json = {
        "cost": {one.name: one.model_dump() for one in costs},
        "max_new_tokens": sampling.max_new_tokens,
        "candidates": {},
    }
    labelled = candidates.loc[
        candidates["label"].notna() & candidates["rejected"].isna()
    ]
    for name, rows in labelled.groupby("candidate", sort=False):
        report["candidates"][str(name)] = _uses(rows, topic_model, examples, config)
    return report


def explain_models(
    samples: list[Json],
    model: Path,
    topic_model: Path,
    examples: pd.DataFrame,
    documents: Shards,
    document_splits: pd.DataFrame,
    config: EvaluationConfig,
) -> Json:
    """Name what a few generations lean on, and what a few decisions rest on."""
    reasons, seed = config.reasons, config.intervals.seed
    written = pd.DataFrame(samples, columns=["prompt", "text"])
    written = written.loc[written["text"].str.strip() != ""]
    held_out = _split(examples, HELD_OUT)
    report: Json = {"generations": [], "decisions": []}
    if reasons.num_generations or reasons.removal:
        training = _documents(documents, document_splits, "train", _DESCRIBED)
        report |= _explain_texts(load_base(model), written, training, config)
    if reasons.num_decisions and not held_out.empty:
        chosen = _drawn(held_out, reasons.num_decisions, seed)
        report["decisions"] = explain_decisions(load_head(topic_model), chosen, reasons)
    return report


def _explain_texts(
    base: Base, written: pd.DataFrame, training: pd.DataFrame, config: EvaluationConfig
) -> Json:
    reasons, intervals = config.reasons, config.intervals
    report: Json = {}
    if reasons.num_generations:
        chosen = _drawn(written, reasons.num_generations, intervals.seed)
        report["generations"] = explain_generations(base, chosen, training, reasons)
    if reasons.removal is not None:
        chosen = _drawn(written, reasons.removal.num_generations, intervals.seed)
        report["removal"] = check_explanations(
            base, chosen, training, proxy_trainer, reasons, intervals.confidence
        )
    return report


def _uses(
    rows: pd.DataFrame,
    topic_model: Path,
    examples: pd.DataFrame,
    config: EvaluationConfig,
) -> Json:
    if _split(examples, HELD_OUT).empty:
        warning = "there are no labelled real examples to compare labelled texts with"
        return {"scores": {}, "warnings": [warning]}
    train, test = (
        LabelledItems(part["text"].tolist(), part["label"].astype(str).tolist())
        for part in (_split(examples, "train"), _split(examples, HELD_OUT))
    )
    return judge_uses(
        LabelledItems(rows["text"].tolist(), rows["label"].tolist()),
        (train, test),
        _predictor(topic_model),
        config.uses,
        config.baselines,
        config.intervals,
    )


def _predictor(folder: Path) -> Predict:
    head = load_head(folder)

    def predict(texts: Any) -> list[str]:
        shares = predict_labels(
            head.model, head.tokenizer, list(texts), edges=head.edges
        )
        return shares.idxmax(axis=1).astype(str).tolist()

    return predict


def _split(examples: pd.DataFrame, split: str) -> pd.DataFrame:
    return examples.loc[examples["split"] == split]


def _drawn(frame: pd.DataFrame, number: int, seed: int) -> pd.DataFrame:
    """Some rows, whatever their order; all if there are no more."""
    places = order_by_hash(frame["text"].tolist(), seed)[:number]
    return frame.iloc[places].reset_index(drop=True)


def _documents(
    documents: Shards,
    splits: pd.DataFrame,
    split: str,
    columns: tuple[str, ...],
) -> pd.DataFrame:
    assignment = split_of_documents(documents, splits)
    parts = [
        table.to_pandas().loc[lambda rows: rows["document_id"].map(assignment) == split]
        for table in documents.tables(list(columns))
    ]
    return pd.concat(parts, ignore_index=True)


def _group_of(row: Json, field: str) -> str:
    """A column of a document, or a key of its metadata."""
    if field in row:
        return str(row[field] or UNKNOWN)
    try:
        metadata = json.loads(row["metadata"])
    except ValueError:
        return UNKNOWN
    known = metadata.get(field) if isinstance(metadata, dict) else None
    return str(known or UNKNOWN)
