import json

import pytest

from taojin.core.errors import ConfigurationError, DataError
from taojin.evaluation.items.read import read_items
from taojin.evaluation.judging.config import CandidateConfig
from taojin.evaluation.judging.labels import read_labels


def labels_of(path, field="topic", **items):
    candidate = CandidateConfig.model_validate(
        {
            "kind": "file", "location": str(path), "label_field": field,
            "items": {"modality": "text", **items},
        }
    )  # fmt: skip
    found = read_items(path, candidate.items)
    return list(found.items), read_labels(str(path), candidate, found)


def write(path, rows):
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def test_every_text_has_its_own_label_whatever_was_rejected_between(tmp_path):
    rows = [
        {"text": "one", "topic": " a "},
        {"text": "", "topic": "b"},
        {"text": "three", "topic": "c"},
    ]

    texts, labels = labels_of(write(tmp_path / "t.jsonl", rows))

    assert (texts, labels) == (["one", "three"], ["a", "c"])


def test_a_sample_keeps_its_labels(tmp_path):
    rows = [{"text": f"text {n}", "topic": f"topic {n}"} for n in range(20)]

    texts, labels = labels_of(write(tmp_path / "t.jsonl", rows), max_items=5)

    assert labels == [text.replace("text", "topic") for text in texts]


def test_a_text_without_a_label_is_named(tmp_path):
    rows = [{"text": "one", "topic": "a"}, {"text": "two"}]

    with pytest.raises(DataError, match=r"1 of 2 texts.*t\.jsonl:2"):
        labels_of(write(tmp_path / "t.jsonl", rows))


def test_a_file_without_fields_has_no_labels(tmp_path):
    path = tmp_path / "t.txt"
    path.write_text("one\ntwo", encoding="utf-8")

    with pytest.raises(ConfigurationError, match="without fields"):
        labels_of(path)
