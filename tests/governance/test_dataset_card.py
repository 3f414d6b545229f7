import copy
import dataclasses
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from taojin.core.records import DOCUMENT_SCHEMA, Source
from taojin.core.shards import Part, Shards, write_shards
from taojin.governance.dataset_card import DatasetCardConfig, make_dataset_card

CONFIG = DatasetCardConfig(
    name="panned",
    creators=("The Panners",),
    intended_use=("Pretraining.",),
    out_of_scope=("Looking people up.",),
    limits=("Short texts.",),
    date_published="2026-11-24",
)
SOURCES = [
    Source(
        name="news", kind="jsonl", licence="CC-BY-SA-4.0", owner="The paper",
        licence_evidence="contract 12",
    ),
    Source(name="dropped_one", kind="csv"),
]  # fmt: skip


def counts(total: int, kept: int) -> dict[str, int]:
    return {
        "num_documents": total,
        "num_kept": kept,
        "num_bytes": 10 * total,
        "num_bytes_kept": 10 * kept,
    }


def fake_curation() -> dict[str, Any]:
    return {
        **counts(100, 3),
        "num_dropped": 97,
        "rules": [
            {"rule": "licence", "num_dropped": 90, "num_bytes_dropped": 900},
            {"rule": "short", "num_dropped": 7, "num_bytes_dropped": 70},
            {"rule": "idle", "num_dropped": 0, "num_bytes_dropped": 0},
        ],
        "sources": [
            {"source": "dropped_one", **counts(60, 0)},
            {"source": "news", **counts(40, 3)},
        ],
        "licences": [
            {"licence": None, "allowed": False, **counts(60, 0)},
            {"licence": "CC-BY-SA-4.0", "allowed": True, **counts(35, 2)},
            {"licence": "MIT OR Apache-2.0", "allowed": True, **counts(5, 1)},
        ],
        "languages": [
            {"language": "en", **counts(80, 2)},
            {"language": "de", **counts(10, 0)},
            {"language": "und", **counts(6, 0)},
            {"language": "zh", **counts(4, 1)},
        ],
        "duplicates": {
            "num_exact": 4,
            "num_near": 2,
            "num_clusters": 3,
            "flows": [
                {
                    "copied_in": "dropped_one",
                    "kept_in": "news",
                    "kind": "exact",
                    "num_documents": 2,
                    "num_bytes": 20,
                }
            ],
        },
        "contamination": [
            {"evaluation_set": "quiz", "num_documents": 5, "num_dropped": 4}
        ],
        "personal_data": [{"kind": "email", "num_found": 7, "num_documents": 4}],
        "recognisers": [
            {
                "kind": "email",
                "language": "en",
                "num_planted": 200,
                "precision": 1.0,
                "recall": 0.99,
            }
        ],
        "repairs": [{"source": "news", "repair": "nfc", "number": 2}],
    }


@pytest.fixture
def curated(tmp_path: Path) -> Shards:
    rows = [
        dict.fromkeys(DOCUMENT_SCHEMA.names)
        | {"document_id": str(i), "text": "t", "source": "news", "uri": "u"}
        | {"metadata": "{}", "licence": "CC-BY-SA-4.0"}
        for i in range(3)
    ]
    table = pa.Table.from_pylist(rows, schema=DOCUMENT_SCHEMA)
    shards = write_shards([table.slice(0, 2), table.slice(2)], tmp_path / "curated")
    first, second = shards.parts
    counted = dataclasses.replace(first, counts={"num_redacted_email": 3})
    return dataclasses.replace(shards, parts=(counted, second))


def make(curated: Shards, config: DatasetCardConfig = CONFIG, **facts: Any) -> Any:
    given = {"curation": fake_curation(), "provenance": {"git_commit": "1f3c9ab"}}
    return make_dataset_card(config, curated, SOURCES, **(given | facts))


def section(card: str, name: str) -> str:
    return card.split(f"## {name}\n")[1].split("\n## ")[0]


def identifiers(value: Any) -> list[str]:
    """Names of all things that are described, not of those that are referred to."""
    if isinstance(value, list):
        return [name for item in value for name in identifiers(item)]
    if not isinstance(value, dict):
        return []
    own = [value["@id"]] if "@id" in value and "@type" in value else []
    return own + [name for item in value.values() for name in identifiers(item)]


def references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [name for item in value for name in references(item)]
    if not isinstance(value, dict):
        return []
    if set(value) == {"@id"}:
        return [value["@id"]]
    return [name for item in value.values() for name in references(item)]


def test_croissant_has_what_its_specification_requires(curated: Shards) -> None:
    card = make(curated).croissant
    assert json.loads(json.dumps(card, allow_nan=False)) == card
    required = {
        "@context", "@type", "conformsTo", "name", "description", "license", "url",
        "creator", "datePublished", "version", "distribution", "recordSet",
    }  # fmt: skip
    # Where it is published is for its publisher to say.
    assert required - card.keys() == {"url"}
    assert card["@type"] == "sc:Dataset"
    assert card["conformsTo"][0] == "http://mlcommons.org/croissant/1.0"
    assert card["isLiveDataset"] is False


def test_every_reference_in_croissant_leads_somewhere(curated: Shards) -> None:
    card = make(curated).croissant
    described = identifiers({k: v for k, v in card.items() if k != "@context"})
    assert len(described) == len(set(described))
    referred = references({k: v for k, v in card.items() if k != "@context"})
    assert referred
    assert set(referred) <= set(described)


def test_every_file_stands_in_croissant_with_its_hash(curated: Shards) -> None:
    *files, every_file = make(curated).croissant["distribution"]
    assert [file["contentUrl"] for file in files] == [
        f"curated_documents/{part.name}" for part in curated.parts
    ]
    for file, part in zip(files, curated.parts, strict=True):
        content = curated.path(part).read_bytes()
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
        assert file["contentSize"] == f"{len(content)} B"
    assert every_file["includes"] == "curated_documents/*.parquet"


def test_every_column_of_a_document_is_a_field(curated: Shards) -> None:
    (records,) = make(curated).croissant["recordSet"]
    columns = [field["source"]["extract"]["column"] for field in records["field"]]
    assert columns == DOCUMENT_SCHEMA.names
    assert all(field["description"] for field in records["field"])
    assert records["key"] == {"@id": "documents/document_id"}


def test_licences_and_languages_are_those_of_what_stayed(curated: Shards) -> None:
    card = make(curated)
    assert card.croissant["license"] == [
        "https://spdx.org/licenses/CC-BY-SA-4.0.html",
        "MIT OR Apache-2.0",
    ]
    assert card.croissant["inLanguage"] == ["en", "zh"]
    metadata = yaml.safe_load(card.markdown.split("---\n")[1])
    assert metadata["language"] == ["en", "zh"]
    assert metadata["license"] == "unknown"
    stated = make(curated, CONFIG.model_copy(update={"licence": "ODC-By-1.0"}))
    assert stated.croissant["license"] == ["https://spdx.org/licenses/ODC-By-1.0.html"]


def test_what_nobody_measured_is_said_to_be_unknown(curated: Shards) -> None:
    card = make(curated).croissant
    assert card["rai:dataBiases"][0].startswith("Unknown")
    assert card["rai:dataReleaseMaintenancePlan"].startswith("Unknown")
    assert card["rai:dataCollection"] == "Read from declared sources: news (jsonl)."
    assert card["rai:personalSensitiveInformation"] == [
        "Replaced by typed placeholders: email (3). What recognisers miss is still "
        "there."
    ]
    assert card["rai:dataPreprocessingProtocol"] == [
        "Rule licence dropped 90 documents (90%).",
        "Rule short dropped 7 documents (7%).",
    ]


def test_front_matter_holds_what_the_hub_reads(curated: Shards) -> None:
    metadata = yaml.safe_load(make(curated).markdown.split("---\n")[1])
    assert metadata["pretty_name"] == "panned"
    assert metadata["size_categories"] == ["n<1K"]
    assert metadata["configs"] == [
        {"config_name": "default", "data_files": "curated_documents/*.parquet"}
    ]


@pytest.mark.parametrize(
    ("num_rows", "category"),
    [
        (0, "n<1K"),
        (999, "n<1K"),
        (1000, "1K<n<10K"),
        (2_500_000, "1M<n<10M"),
        (10**12, "n>1T"),
    ],
)
def test_sizes_are_named_as_the_hub_names_them(
    tmp_path: Path, num_rows: int, category: str
) -> None:
    (tmp_path / "part").write_bytes(b"")
    shards = Shards(tmp_path, (Part("part", num_rows, "", {}),))
    metadata = yaml.safe_load(make(shards).markdown.split("---\n")[1])
    assert metadata["size_categories"] == [category]


def test_sources_stand_with_the_evidence_of_their_licences(curated: Shards) -> None:
    ingestion = {"num_read": 110, "num_rejected": 10}
    told = section(make(curated, ingestion=ingestion).markdown, "Sources")
    assert (
        "| `news` | `jsonl` | CC-BY-SA-4.0 | contract 12 | The paper | 40 | 3 (7.5%) |"
        in told
    )
    assert "| `dropped_one` | `csv` | each record's own | none given |" in told
    assert "110 records were read; 10 of them could not be used." in told


def test_what_curation_counted_is_told(curated: Shards) -> None:
    card = make(curated).markdown
    curation = section(card, "Curation")
    assert "100 documents came in; 3 (3%) stayed." in curation
    assert "| `short` | 7 | 7% | 70 bytes |" in curation
    assert "| `idle` | 0 | 0% | 0 bytes |" in curation
    assert "| `news` | `nfc` | 2 |" in curation
    assert "| `dropped_one` | `news` | exact | 2 |" in section(card, "Duplicates")
    assert "| `quiz` | 5 | 4 |" in section(card, "Overlap with evaluation sets")
    personal = section(card, "Personal data")
    assert "| email | 7 | 4 | 3 |" in personal
    assert "| email | en | 200 | 100% | 99% |" in personal
    assert "same licence" in section(card, "Licences")
    assert "| `zh` | 4 | 1 |" in section(card, "Languages")
    assert "| `git_commit` | 1f3c9ab |" in section(card, "How to make it again")


def test_without_reports_every_section_says_that_there_are_none(
    curated: Shards,
) -> None:
    card = make(curated, DatasetCardConfig(), curation=None, provenance=None)
    assert card.markdown.count("\n## ") == 12
    assert "None" not in card.markdown.replace("None stated", "").replace(
        "None was found", ""
    )
    assert card.croissant["rai:dataPreprocessingProtocol"] == ["Not recorded."]


def test_foreign_text_cannot_break_the_card(curated: Shards) -> None:
    hostile = "x`|\n---\n# <script>\0\u202e [a](b)\ud800"
    report = fake_curation()
    report["sources"][1]["source"] = hostile
    report["rules"][0]["rule"] = hostile
    report["languages"][0]["language"] = hostile
    config = CONFIG.model_copy(update={"name": hostile, "limits": (hostile,)})
    card = make(curated, config, curation=report)
    card.markdown.encode()
    json.dumps(card.croissant).encode()
    body = card.markdown.split("---\n\n# ", maxsplit=1)[1]
    assert not set(body) & {"\0", "\u202e"}
    outside_code = re.sub(r"`[^`\n]*`", "", body.replace(r"\`", ""))
    assert "<script" not in outside_code.replace(r"\<", "")
    assert body.count("\n## ") == 12


def test_the_same_facts_give_the_same_card_and_stay_as_they_were(
    curated: Shards,
) -> None:
    report = fake_curation()
    before = copy.deepcopy(report)
    assert make(curated, curation=report) == make(curated, curation=before)
    assert report == before
