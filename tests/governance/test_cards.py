import copy
import re
from typing import Any

import pytest
import yaml

from taojin.governance.cards import CardConfig, CardFacts, write_model_card

MEASURED = {"value": 0.5, "low": 0.4, "high": 0.6, "num_samples": 20}


def facts() -> CardFacts:
    """Facts of a small run, with text that would like to be markup."""
    return CardFacts(
        ingestion={
            "sources": [{"source": "docs", "kind": "jsonl", "num_documents": 1200}]
        },
        curation={
            "sources": [{"source": "docs", "num_kept": 900, "num_bytes_kept": 5000}],
            "licences": [
                {"licence": "CC-BY-SA-4.0", "allowed": True, "num_kept": 900},
                {"licence": None, "allowed": False, "num_kept": 0},
            ],
            "languages": [{"language": "en"}, {"language": "other"}],
            "personal_data": [{"kind": "email", "num_found": 7, "num_documents": 4}],
        },
        evaluation={
            "held_out": {"bits_per_byte": {"pretrained": MEASURED, "lzma": 2.5}},
            "tasks": {
                "topic": {"metric": "accuracy", "scores": {"finetuned": MEASURED}},
                "description": None,
            },
            "samples": {
                "legality": {
                    "verbatim_copy_rate": MEASURED,
                    "longest_copy_tokens": 51,
                    "personal_data_rate": MEASURED,
                }
            },
        },
        decision={
            "released": False,
            "num_passed": 0,
            "num_failed": 1,
            "rules": [{"name": "copies", "passed": False, "reason": "a|b\n# c <i>"}],
        },
        training={"num_parameters": 3_800_000, "optimiser": {"learning_rate": 0.001}},
        provenance={"git_commit": "1f3c9ab", "git_dirty": False},
    )


def front_matter(card: str) -> dict[str, Any]:
    return yaml.safe_load(card.split("---\n")[1])


def section(card: str, name: str) -> str:
    return card.split(f"## {name}\n")[1].split("\n## ")[0]


def test_front_matter_holds_what_the_hub_reads() -> None:
    config = CardConfig(model_name="panned", licence="Apache-2.0", tags=("docs",))
    metadata = front_matter(write_model_card(config, facts()))
    assert metadata["license"] == "apache-2.0"
    assert metadata["language"] == ["en"]
    assert metadata["tags"] == ["docs"]
    assert metadata["datasets"] == ["docs"]
    assert metadata["metrics"] == ["bits_per_byte", "accuracy"]
    results = metadata["model-index"][0]["results"]
    values = [(r["metrics"][0]["type"], r["metrics"][0]["value"]) for r in results]
    assert values == [("bits_per_byte", 0.5), ("accuracy", 0.5)]


@pytest.mark.parametrize(
    ("licence", "metadata"),
    [
        (None, {"license": "unknown"}),
        ("MIT", {"license": "mit"}),
        (
            "MIT AND BSD-3-Clause",
            {"license": "other", "license_name": "MIT AND BSD-3-Clause"},
        ),
    ],
)
def test_a_licence_that_the_hub_does_not_know_is_other(
    licence: str | None, metadata: dict[str, str]
) -> None:
    written = front_matter(write_model_card(CardConfig(licence=licence), CardFacts()))
    assert {key: written.get(key) for key in metadata} == metadata


def test_sources_and_obligations_of_their_licences_are_listed() -> None:
    data = section(write_model_card(CardConfig(), facts()), "Data")
    assert "| `docs` | `jsonl` | 1,200 | 900 | 5 kB |" in data
    assert re.search(r"`CC-BY-SA-4.0` \| yes \| 900 \| .*same licence", data)
    assert "| unknown | no | 0 | unknown |" in data


def test_every_measurement_stands_with_its_interval() -> None:
    evaluation = section(write_model_card(CardConfig(), facts()), "Evaluation")
    assert "| `pretrained` | 0.50 [0.40, 0.60] | 20 |" in evaluation
    assert "| topic | `accuracy` | `finetuned` | 0.50 [0.40, 0.60] | 20 |" in evaluation
    assert "longest copy: 51 tokens" in evaluation


def test_personal_data_of_documents_and_samples_is_told() -> None:
    told = section(write_model_card(CardConfig(), facts()), "Personal data")
    assert "| email | 7 | 4 |" in told
    assert "Share of samples with personal data: 0.50 [0.40, 0.60]." in told


def test_what_the_publisher_states_is_written_down() -> None:
    config = CardConfig(
        intended_use=("Drafts.",), out_of_scope=("Advice.",), limits=("English only.",),
        contact="team@example.org",
    )  # fmt: skip
    card = write_model_card(config, facts())
    use = section(card, "Intended use")
    assert "* Drafts." in use
    assert "Out of scope:\n\n* Advice." in use
    assert r"Contact: team\@example.org" in use
    assert "* English only." in section(card, "Limits")


def test_settings_and_provenance_are_flattened() -> None:
    card = write_model_card(CardConfig(), facts())
    assert "| `optimiser.learning_rate` | 0.001 |" in section(card, "Training")
    assert "| `num_parameters` | 3,800,000 |" in section(card, "Training")
    assert "| `git_dirty` | no |" in section(card, "Provenance")


def test_a_model_that_was_held_back_says_so() -> None:
    card = write_model_card(CardConfig(), facts())
    assert "**Held back**: 0 of 1 gate rules passed." in card
    assert r"| `copies` | **failed** | a\|b # c \<i\> |" in card


def test_without_facts_every_section_says_that_there_are_none() -> None:
    card = write_model_card(CardConfig(), CardFacts())
    assert "No release decision was recorded" in card
    assert "Nothing was measured." in card
    assert "None" not in card.replace("None stated", "")
    assert card.count("\n## ") == 8


def test_long_tables_are_cut_and_say_so() -> None:
    settings = {f"setting_{index}": index for index in range(80)}
    card = write_model_card(CardConfig(), CardFacts(training=settings))
    training = section(card, "Training")
    assert training.count("| `setting_") == 50
    assert "30 more rows are not shown." in training


def test_foreign_text_cannot_break_the_card() -> None:
    hostile = "x`|\n---\n# <script>\0\u202e [a](b)"
    row = {"source": hostile + "\ud800", "kind": hostile, "num_documents": 1}
    rule = {"name": hostile, "passed": True, "reason": hostile + "\ud800"}
    decision = {"released": True, "num_passed": 1, "num_failed": 0, "rules": [rule]}
    card = write_model_card(
        CardConfig(model_name=hostile, limits=(hostile,)),
        CardFacts(ingestion={"sources": [row]}, decision=decision),
    )
    card.encode()
    assert front_matter(card)["datasets"][0].startswith("x`|")
    body = card.split("---\n\n# ", maxsplit=1)[1]
    assert not set(body) & {"\0", "\u202e"}
    outside_code = re.sub(r"`[^`\n]*`", "", body.replace(r"\`", ""))
    assert "<script" not in outside_code.replace(r"\<", "")
    assert body.count("\n## ") == 8


def test_the_same_facts_give_the_same_card_and_stay_as_they_were() -> None:
    given = facts()
    before = copy.deepcopy(given)
    assert write_model_card(CardConfig(), given) == write_model_card(
        CardConfig(), facts()
    )
    assert given == before
