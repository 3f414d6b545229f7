"""The curation stage on a catalogue filled by hand."""

import csv
import json

import pyarrow as pa
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from taojin.core.errors import EmptyStageError
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
from taojin.ingestion.config import IngestionConfig, SourceRegistry
from taojin.ingestion.evaluation_sets import EvaluationSets
from taojin.pipelines.curation.pipeline import create_text_pipeline
from taojin.pipelines.ingestion.nodes import (
    read_evaluation_sets,
    take_evaluation_inventory,
)

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

LONG_ENOUGH = ThresholdRule(name="long", signal="num_words", at_least=20)


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
    return curate(tmp_path, raw, leaked)


def curate(root, raw, evaluation=None, rules=(LONG_ENOUGH,)):
    """Run the stage; all that it makes, by name."""
    if evaluation is None:
        evaluation = documents(root / "evaluation")
    catalog = DataCatalog(
        {
            "raw_documents": MemoryDataset(raw, copy_mode="assign"),
            "evaluation_documents": MemoryDataset(evaluation, copy_mode="assign"),
            "workspace": MemoryDataset(root / "work", copy_mode="assign"),
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
            "params:curation.rules": MemoryDataset(RulesConfig(thresholds=rules)),
            "params:curation.personal_data": MemoryDataset(PersonalDataConfig()),
            "params:licence_policy": MemoryDataset(LicencePolicy()),
        }
    )
    run = SequentialRunner().run(create_text_pipeline(), catalog)
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


def test_a_rule_over_a_users_own_signal_decides(tmp_path):
    links = "See http://a.example/b and https://c.example/d for it. "
    raw = documents(
        tmp_path / "raw", (PROSE * 3 + links * 2, "MIT"), (PROSE * 2, "MIT")
    )
    few_links = ThresholdRule(name="few_links", signal="num_links", at_most=3)

    outputs = curate(tmp_path, raw, rules=(LONG_ENOUGH, few_links))

    (dropped,) = outputs["dropped_documents"].read().to_pylist()
    assert (dropped["rule"], dropped["value"], dropped["threshold"]) == (
        "few_links",
        4,
        3,
    )


def test_an_evaluation_set_declared_as_csv_keeps_its_texts_out(tmp_path):
    with (tmp_path / "questions.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["question", "label"], [LEAKED, "rivers"]])
    declared = {
        "kind": "csv",
        "location": str(tmp_path / "questions.csv"),
        "fields": {"text": "question"},
    }
    sets = EvaluationSets.model_validate({"river_questions": declared})
    evaluation = read_evaluation_sets(
        sets,
        take_evaluation_inventory(sets, IngestionConfig()),
        IngestionConfig(),
        EngineConfig(num_workers=1),
        tmp_path / "ingestion",
    )
    raw = documents(tmp_path / "raw", (PROSE * 4, "MIT"), (PROSE + LEAKED, "MIT"))

    outputs = curate(tmp_path, raw, evaluation)

    (dropped,) = outputs["dropped_documents"].read().to_pylist()
    assert dropped["rule"] == "contamination"
    assert "river_questions" in dropped["detail"]
    assert outputs["curated_documents"].read()["text"].to_pylist() == [PROSE * 4]


@pytest.mark.parametrize(
    "texts",
    [
        ("",),
        ("One.",),
        ("x" * 5_000_000,),
        ("word " * 1_000_000,),
        ("\x00\ufffd\u200b", "👩‍👩‍👧" * 1000, "汉" * 100_000, "(" * 100_000),
    ],
    ids=["empty", "one word", "a run of 5 MB", "a line of 5 MB", "odd"],
)
def test_no_document_is_lost_whatever_it_holds(tmp_path, texts):
    texts = (PROSE * 4, *texts)
    raw = documents(tmp_path / "raw", *((text, "MIT") for text in texts))

    outputs = curate(tmp_path, raw)

    report = outputs["curation_report"]
    assert report["num_documents"] == len(texts)
    assert report["num_kept"] + report["num_dropped"] == len(texts)
    num_decided = (
        outputs["curated_documents"].num_rows + outputs["dropped_documents"].num_rows
    )
    assert num_decided == len(texts)


def test_a_stage_that_keeps_nothing_names_the_rule(tmp_path):
    raw = documents(tmp_path / "raw", ("One.", "MIT"))
    with pytest.raises(EmptyStageError, match="'long' alone dropped 1"):
        curate(tmp_path, raw)


def test_no_documents_make_an_empty_report(tmp_path):
    outputs = curate(tmp_path, documents(tmp_path / "raw"))
    assert outputs["curation_report"]["num_documents"] == 0
