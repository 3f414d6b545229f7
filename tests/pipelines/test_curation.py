"""The curation stage on a catalogue filled by hand."""

import json

import pyarrow as pa
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from taojin.core.records import DOCUMENT_SCHEMA, document_id
from taojin.core.shards import Shards, write_shards
from taojin.curation.cleaning import CleaningConfig
from taojin.curation.config import (
    DuplicatesConfig,
    PersonalDataConfig,
    RulePresets,
    RulesConfig,
    SignalsConfig,
    ThresholdRule,
)
from taojin.curation.decontamination import ContaminationConfig
from taojin.curation.learned.config import NgramModelConfig
from taojin.curation.learned.reference import QualityExamplesConfig
from taojin.curation.repair import RepairConfig
from taojin.curation.repeats.config import RepeatsConfig
from taojin.engines import EngineConfig
from taojin.governance.licences import LicencePolicy
from taojin.ingestion.config import SourceRegistry
from taojin.pipelines.curation import create_pipeline

PROSE = (
    "The function returns the sum of all values that were given to it by the caller. "
)
SOURCES = SourceRegistry.model_validate(
    {"news": {"kind": "jsonl", "location": "news.jsonl"}}
)
LEAKED = (
    "Which of these four rivers carries more water in spring than the other three do "
    "together in a whole dry year, and how can anybody tell from the map alone? "
)


def documents(root, *rows: tuple[str, str | None]) -> Shards:
    table = pa.Table.from_pylist(
        [
            {
                "document_id": document_id("news", str(number), text),
                "text": text,
                "source": "news",
                "uri": str(number),
                "title": f"document {number}",
                "licence_declared": licence,
                "licence": licence,
                "metadata": json.dumps({}),
            }
            for number, (text, licence) in enumerate(rows)
        ],
        schema=DOCUMENT_SCHEMA,
    )
    return write_shards([table], root)


@pytest.fixture
def outputs(tmp_path):
    raw = documents(
        tmp_path / "raw",
        (PROSE * 3 + "Write to jane.doe@acme-mail.com.", "MIT"),
        (PROSE * 3 + "Write to jane.doe@acme-mail.com.", "MIT"),
        ("Too short.", "MIT"),
        (PROSE * 4, None),
        (PROSE * 2 + LEAKED + PROSE, "MIT"),
    )
    leaked = documents(tmp_path / "evaluation", (LEAKED, "MIT"))
    long_enough = ThresholdRule(name="long", signal="num_words", at_least=20)
    catalog = DataCatalog(
        {
            "raw_documents": MemoryDataset(raw, copy_mode="assign"),
            "evaluation_documents": MemoryDataset(leaked, copy_mode="assign"),
            "workspace": MemoryDataset(tmp_path / "work", copy_mode="assign"),
            "params:engine": MemoryDataset(EngineConfig(num_workers=1)),
            "params:sources": MemoryDataset(SOURCES),
            "params:rule_presets": MemoryDataset(RulePresets({})),
            "params:curation.repair": MemoryDataset(RepairConfig()),
            "params:curation.repeats": MemoryDataset(RepeatsConfig()),
            "params:curation.trusted_model": MemoryDataset(NgramModelConfig()),
            "params:curation.quality_examples": MemoryDataset(QualityExamplesConfig()),
            "params:curation.contamination": MemoryDataset(ContaminationConfig()),
            "params:curation.cleaning": MemoryDataset(CleaningConfig()),
            "params:curation.signals": MemoryDataset(SignalsConfig()),
            "params:curation.duplicates": MemoryDataset(DuplicatesConfig()),
            "params:curation.rules": MemoryDataset(
                RulesConfig(thresholds=(long_enough,))
            ),
            "params:curation.personal_data": MemoryDataset(PersonalDataConfig()),
            "params:licence_policy": MemoryDataset(LicencePolicy()),
        }
    )
    run = SequentialRunner().run(create_pipeline(), catalog)
    return {name: dataset.load() for name, dataset in run.items()}


def test_every_document_is_kept_or_dropped_with_its_reason(outputs):
    dropped = outputs["dropped_documents"].read().to_pylist()

    assert outputs["curated_documents"].num_rows == 1
    assert [row["rule"] for row in dropped] == [
        "exact_duplicate",
        "long",
        "licence",
        "contamination",
    ]
    assert dropped[1]["value"] < dropped[1]["threshold"] == 20


def test_a_leak_names_the_evaluation_set(outputs):
    leak = outputs["dropped_documents"].read().to_pylist()[-1]

    assert leak["reason"] == "in_evaluation_set"
    assert "news" in leak["detail"]


def test_what_stays_is_redacted(outputs):
    (kept,) = outputs["curated_documents"].read()["text"].to_pylist()

    assert "jane.doe" not in kept
    assert "<EMAIL_1>" in kept


def test_the_report_adds_up(outputs):
    report = outputs["curation_report"]

    assert (report["num_documents"], report["num_kept"], report["num_dropped"]) == (
        5,
        1,
        4,
    )
