import gzip
import json

import pytest

from taojin.core.errors import DataError
from taojin.training.example_files import (
    ColumnKind,
    ExampleFile,
    ExampleSplitConfig,
)

COLUMNS: dict[str, ColumnKind] = {"prompt": "text", "target": "text"}
SPLITS = ExampleSplitConfig()


def _file(tmp_path, *lines) -> ExampleFile:
    path = tmp_path / "task.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts), encoding="utf-8")
    return ExampleFile(path)


def _row(number=0, **more):
    return {"prompt": f"p{number}", "target": "t", **more}


def test_rows_are_known_by_their_line(tmp_path):
    file = _file(tmp_path, _row(1, split="train", other=3), "", _row(2, split="test"))

    rows = file.read(COLUMNS, SPLITS)

    assert list(rows.columns) == ["prompt", "target", "split"]
    assert list(rows.index) == [1, 3]
    assert list(rows["prompt"]) == ["p1", "p2"]
    assert list(rows["split"]) == ["train", "test"]


def test_a_file_without_splits_is_divided_by_what_its_lines_say(tmp_path):
    splits = ExampleSplitConfig(validation=0.2, test=0.3)
    lines = [_row(number) for number in range(1000)]

    rows = _file(tmp_path, *lines).read(COLUMNS, splits)
    again = _file(tmp_path, *reversed(lines), _row(5000)).read(COLUMNS, splits)

    names = list(rows["split"])
    assert names.count("validation") == pytest.approx(200, abs=50)
    assert names.count("test") == pytest.approx(300, abs=50)
    moved = dict(zip(again["prompt"], again["split"], strict=True))
    assert [moved[prompt] for prompt in rows["prompt"]] == list(rows["split"])
    other = _file(tmp_path, *lines).read(COLUMNS, splits.model_copy(update={"seed": 1}))
    assert list(other["split"]) != list(rows["split"])


def test_what_a_line_may_have_is_none_where_it_lacks(tmp_path):
    file = _file(tmp_path, {"target": "a", "prompt": "b"}, {"target": "c"})

    rows = file.read({"target": "text"}, SPLITS, {"prompt": "text"})

    assert list(rows["prompt"].isna()) == [False, True]
    assert "prompt" not in _file(tmp_path, {"target": "c"}).read(
        {"target": "text"}, SPLITS, {"prompt": "text"}
    )


def test_a_compressed_file_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "task.jsonl.gz"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + json.dumps(_row()).encode()))

    assert len(ExampleFile(path).read(COLUMNS, SPLITS)) == 1


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("text", "a", 3),
        ("texts", ["a"], ["a", 3]),
        ("texts", [], "a"),
        ("number", 3.5, "3.5"),
        ("number", 0, True),
        ("number", -1, float("nan")),
        ("value", 3, None),
        ("value", "3", ["3"]),
        ("truth", False, 0),
        ("messages", [{"role": "user"}], "hello"),
    ],
)
def test_a_value_of_another_kind_is_refused_by_its_line(tmp_path, kind, good, bad):
    assert len(_file(tmp_path, {"x": good}).read({"x": kind}, SPLITS)) == 1

    file = _file(tmp_path, {"x": good}, {"x": bad})
    with pytest.raises(DataError, match=r"line 2: x is .* is needed"):
        file.read({"x": kind}, SPLITS)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "line 2: not JSON"),
        ("[1]", "line 2: a JSON list instead of an object"),
        ('{"prompt": "p"}', r"line 2: target missing, it has \['prompt'\]"),
        (_row(split="dev"), "line 2: split is 'dev'"),
        (_row(split="test"), "split is in 1 of 3 lines"),
        ("[" * 100_000, "line 2: not JSON"),
    ],
)
def test_a_bad_line_is_refused_by_its_number(tmp_path, line, problem):
    with pytest.raises(DataError, match=problem) as raised:
        _file(tmp_path, _row(1), line, _row(3)).read(COLUMNS, SPLITS)

    assert "task.jsonl has 1 problems" in str(raised.value)
    assert "prompt (a string), target (a string)" in str(raised.value)


def test_many_bad_lines_make_a_short_message(tmp_path):
    with pytest.raises(DataError, match="has 5000 problems") as raised:
        _file(tmp_path, *["{"] * 5000).read(COLUMNS, SPLITS)

    assert len(str(raised.value)) < 1500


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "FileNotFoundError"),
        (b"\n \n", "it holds no example"),
        (b'{"prompt": "p", "target": "\xff"}', "line 1: not UTF-8"),
    ],
)
def test_what_is_no_file_of_examples_is_refused(tmp_path, content, problem):
    file = ExampleFile(tmp_path / "task.jsonl")
    if content is not None:
        file.path.write_bytes(content)
    assert file.is_there == (content is not None)

    with pytest.raises(DataError, match=rf"task\.jsonl is no file .*{problem}"):
        file.read(COLUMNS, SPLITS)


def test_splits_must_leave_something_to_learn_from():
    with pytest.raises(ValueError, match="leave nothing to learn from"):
        ExampleSplitConfig(validation=0.5, test=0.5)
