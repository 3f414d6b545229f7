from pathlib import Path

import pytest

from taojin.curation.personal_data import KINDS, Span, measure_recognisers
from taojin.curation.personal_data.measurement import (
    read_labelled_texts,
    score_recognisers,
)
from taojin.curation.personal_data.planted import PlantedText

PRESIDIO = Path(__file__).parents[4] / "shared" / "data" / "presidio_synth"


def test_a_finding_counts_only_at_the_very_place():
    rows = score_recognisers(
        [
            PlantedText("to a@b.org", "en", (Span("email", 3, 10),)),
            PlantedText("to a@b.org!", "en", (Span("email", 3, 11),)),
            PlantedText("to c@d.org", "en", ()),
            PlantedText("电话", "zh", (Span("phone", 0, 2),)),
        ]
    )
    assert rows == [
        {
            "kind": "email",
            "language": "en",
            "num_planted": 2,
            "num_found": 3,
            "num_correct": 1,
            "precision": 1 / 3,
            "recall": 1 / 2,
        },
        {
            "kind": "phone",
            "language": "zh",
            "num_planted": 1,
            "num_found": 0,
            "num_correct": 0,
            "precision": None,
            "recall": 0.0,
        },
    ]


@pytest.mark.parametrize("seed", [0, 7])
def test_planted_data_is_found_and_little_else(seed):
    rows = measure_recognisers(seed)
    assert {row["kind"] for row in rows} == set(KINDS)
    assert min(row["precision"] for row in rows) >= 0.9
    assert min(row["recall"] for row in rows) >= 0.75
    num_planted = sum(row["num_planted"] for row in rows)
    assert sum(row["num_correct"] for row in rows) >= 0.95 * num_planted


def test_labelled_sentences_of_another_project_are_recognised():
    path = PRESIDIO / "generated_large.json"
    if not path.exists():
        pytest.skip("needs the labelled sentences of presidio-research")
    scores = {row["kind"]: row for row in score_recognisers(read_labelled_texts(path))}
    for kind in ("email", "phone", "payment_card", "ip_address", "iban", "us_ssn"):
        assert scores[kind]["num_planted"] > 10
        assert scores[kind]["precision"] >= 0.98, kind
        assert scores[kind]["recall"] >= 0.9, kind
