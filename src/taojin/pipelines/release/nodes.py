"""Adapters from catalogue names to the gate, the card and the report."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from plotly.graph_objects import Figure

from taojin.core.lineage import Lineage
from taojin.core.shards import Shards
from taojin.governance import cards, gates
from taojin.governance.cards import CardConfig, CardFacts
from taojin.governance.dataset_card import DatasetCardConfig, make_dataset_card
from taojin.governance.gates import GateConfig
from taojin.ingestion.config import SourceRegistry
from taojin.reporting import figures
from taojin.reporting.inputs import ReportInputs
from taojin.reporting.report import render_report
from taojin.reporting.summary import summarise_run
from taojin.training.config import PretrainingConfig

Json = dict[str, Any]
History = list[dict[str, Any]]

_SHAPE = (
    "architectures",
    "num_hidden_layers",
    "hidden_size",
    "num_attention_heads",
    "num_key_value_heads",
    "intermediate_size",
    "max_position_embeddings",
    "vocab_size",
)


def decide_release(
    ingestion: Json, curation: Json, evaluation: Json, config: GateConfig
) -> Json:
    """Judge the numbers; see :func:`taojin.governance.gates.decide_release`."""
    reports = {"ingestion": ingestion, "curation": curation, "evaluation": evaluation}
    return gates.decide_release(reports, config)


def describe_model(model: Path, config: PretrainingConfig, history: History) -> Json:
    """State the size and the training of the pretrained model."""
    shape = json.loads((model / "config.json").read_text(encoding="utf-8"))
    last = history[-1] if history else {}
    return {
        "num_bytes_weights": (model / "model.safetensors").stat().st_size,
        **{name: shape[name] for name in _SHAPE},
        "num_tokens_seen": last.get("num_tokens"),
        "training_seconds": last.get("seconds"),
        "training": config.training.model_dump(mode="json", exclude_none=True),
    }


def write_model_card(
    ingestion: Json,
    curation: Json,
    evaluation: Json,
    decision: Json,
    model: Json,
    config: CardConfig,
    provenance: Json,
) -> str:
    """Write the card; see :func:`taojin.governance.cards.write_model_card`."""
    facts = CardFacts(ingestion, curation, evaluation, decision, model, provenance)
    return cards.write_model_card(config, facts)


def write_dataset_card(
    curated: Shards,
    sources: SourceRegistry,
    curation: Json,
    ingestion: Json,
    config: DatasetCardConfig,
    provenance: Json,
) -> Json:
    """Write it twice; see :func:`taojin.governance.dataset_card.make_dataset_card`."""
    card = make_dataset_card(
        config,
        curated,
        sources,
        curation=curation,
        ingestion=ingestion,
        provenance=provenance,
    )
    return {"croissant": card.croissant, "card": card.markdown}


def draw_figures(
    history: History, curation: Json, evaluation: Json
) -> dict[str, Figure]:
    """Draw what the lineage graph shows; see :mod:`taojin.reporting.figures`."""
    return {
        "loss": figures.loss_figure(history),
        "waterfall": figures.waterfall_figure(curation),
        "scores": figures.scores_figure(evaluation),
    }


def collect_reports(
    ingestion: Json,
    curation: Json,
    evaluation: Json,
    label_efficiency: Json,
    decision: Json,
    model: Json,
) -> Json:
    """Put the reports of the stages into one, for machines."""
    return {
        "ingestion": ingestion,
        "curation": curation,
        "evaluation": evaluation,
        "label_efficiency": label_efficiency,
        "release": decision,
        "model": model,
    }


def render_reports(
    reports: Json,
    pretraining_history: History,
    topic_history: History,
    description_history: History,
    checks: dict[str, Callable[[], Json]],
    lineage: Lineage,
    provenance: Json,
) -> dict[str, str]:
    """Render the page and the closing lines.

    See :func:`taojin.reporting.report.render_report` and
    :func:`taojin.reporting.summary.summarise_run`.
    """
    histories = {"topic": topic_history, "description": description_history}
    inputs = ReportInputs(
        **reports,
        data_checks=[checks[name]() for name in sorted(checks)],
        pretraining_history=pretraining_history,
        finetuning_histories={name: rows for name, rows in histories.items() if rows},
        provenance={**provenance, **_trace(lineage)},
    )
    return {"page": render_report(inputs), "summary": summarise_run(inputs)}


def _trace(lineage: Lineage) -> Json:
    """Say what was made in which step, and how long that took."""
    records = list(lineage)
    return {
        "fingerprints": {
            name: fingerprint
            for record in records
            for name, fingerprint in sorted(record.outputs.items())
            if fingerprint
        },
        "durations": {
            record.node.rpartition(".")[2]: record.seconds for record in records
        },
    }
