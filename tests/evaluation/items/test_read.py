import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from taojin.core.errors import DataError, SourceReadError
from taojin.evaluation.items import (
    ItemsConfig,
    ItemSet,
    empty_share,
    read_items,
    require_same_kind,
)


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(data)
    return path


def picture(path, size=(3, 2), mode="RGB"):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size).save(path)
    return path


def reasons(found):
    return {rejection.id: rejection.reason for rejection in found.rejected}


def test_lines_of_a_text_file_are_items_in_both_languages(tmp_path):
    path = write(tmp_path / "generated.txt", "\ufeffgold\r\n淘金\n")

    found = read_items(path)

    assert (found.modality, list(found.items)) == ("text", ["gold", "淘金"])
    assert found.ids == ("generated.txt:1", "generated.txt:2")


def test_an_empty_generation_is_kept_as_a_rejection_with_its_place(tmp_path):
    path = write(tmp_path / "generated.txt", "gold\n\n  \t\nsand\n")

    found = read_items(path)

    assert len(found) == 2
    assert found.num_given == 4
    assert reasons(found) == {"generated.txt:2": "empty", "generated.txt:3": "empty"}


def test_every_line_of_json_is_an_item_or_a_rejection(tmp_path):
    lines = [
        json.dumps({"text": "淘金", "prompt": "x"}),
        "{broken",
        json.dumps({"txt": "a"}),
        json.dumps({"text": 7}),
        json.dumps({"text": None}),
        json.dumps("a bare string"),
        "",
    ]
    content = "\n".join(lines).encode() + b'\n{"text": "\xff"}\n'

    found = read_items(write(tmp_path / "g.jsonl", content))

    assert list(found.items) == ["淘金", "a bare string"]
    assert [rejection.reason for rejection in found.rejected] == [
        *("unreadable", "unreadable", "not_text", "empty", "unreadable")
    ]


def test_samples_of_the_generation_stage_are_read(tmp_path):
    samples = [{"prompt": "p", "text": "one"}, {"prompt": "p", "text": ""}]

    found = read_items(write(tmp_path / "samples.json", json.dumps(samples)))

    assert list(found.items) == ["one"]
    assert found.reasons == {"empty": 1}


@pytest.mark.parametrize("content", ['{"text": "one"}', "[1, 2"])
def test_json_that_is_no_list_is_refused(tmp_path, content):
    with pytest.raises(SourceReadError, match="list of objects"):
        read_items(write(tmp_path / "samples.json", content))


def test_a_table_gives_the_column_that_is_asked_for(tmp_path):
    frame = pd.DataFrame({"document_id": ["a", "b"], "answer": ["one", None]})
    frame.to_parquet(tmp_path / "t.parquet")

    config = ItemsConfig(text_field="answer", id_field="document_id")
    found = read_items(tmp_path / "t.parquet", config)

    assert (list(found.items), found.ids) == (["one"], ("a",))
    assert reasons(found) == {"b": "empty"}
    with pytest.raises(SourceReadError, match="text_field"):
        read_items(tmp_path / "t.parquet")


def test_an_id_that_is_given_twice_is_refused(tmp_path):
    lines = '{"text": "a", "n": 1}\n{"text": "b", "n": 1}\n'
    path = write(tmp_path / "g.jsonl", lines)

    with pytest.raises(DataError, match="id_field"):
        read_items(path, ItemsConfig(id_field="n"))


def test_a_damaged_table_is_named(tmp_path):
    with pytest.raises(SourceReadError, match=r"t\.parquet"):
        read_items(write(tmp_path / "t.parquet", b"PAR1 nothing"))


def test_files_of_a_folder_are_read_in_order_and_others_are_noted(tmp_path):
    write(tmp_path / "b" / "late.txt", "second\n")
    write(tmp_path / "a.txt", "first\n")
    write(tmp_path / "README", "no item")
    write(tmp_path / ".hidden.txt", "no item\n")

    found = read_items(tmp_path)

    assert list(found.items) == ["first", "second"]
    assert found.ids == ("a.txt:1", "b/late.txt:1")
    assert found.noted == {"other_files": 1}


def test_a_folder_of_several_modalities_needs_a_choice(tmp_path):
    write(tmp_path / "a.txt", "first\n")
    picture(tmp_path / "b.png")

    with pytest.raises(DataError, match="set modality"):
        read_items(tmp_path)
    found = read_items(tmp_path, ItemsConfig(modality="image"))
    assert (found.ids, found.noted) == (("b.png",), {"other_files": 1})


def test_a_folder_without_items_says_what_it_holds(tmp_path):
    with pytest.raises(SourceReadError, match="neither"):
        read_items(tmp_path / "absent")
    write(tmp_path / "x.bin", b"1")
    with pytest.raises(SourceReadError, match=r"\.bin"):
        read_items(tmp_path)
    write(tmp_path / "y.png", b"")
    with pytest.raises(DataError, match="'empty': 1"):
        read_items(tmp_path, ItemsConfig(modality="image"))


def test_a_sample_is_by_seed_in_order_and_noted(tmp_path):
    path = write(tmp_path / "g.txt", "".join(f"text {n}\n" for n in range(50)))

    first = read_items(path, ItemsConfig(max_items=10))
    again = read_items(path, ItemsConfig(max_items=10))
    other = read_items(path, ItemsConfig(max_items=10, seed=1))

    assert first.items == again.items != other.items
    assert first.noted == {"not_sampled": 40}
    places = [int(text.split()[1]) for text in first.items]
    assert places == sorted(places)


def test_items_of_two_modalities_or_rates_are_not_compared():
    texts = ItemSet("text", ["a"], ("1",))
    slow = ItemSet("audio", [np.zeros(1)], ("1",), sample_rate=8000)
    fast = ItemSet("audio", [np.zeros(1)], ("1",), sample_rate=16000)

    require_same_kind(slow, slow)
    with pytest.raises(DataError, match="modality text"):
        require_same_kind(texts, slow)
    with pytest.raises(DataError, match="8000 samples a second"):
        require_same_kind(slow, fast)


def test_the_share_of_empty_items_counts_them_all(tmp_path):
    generated = read_items(write(tmp_path / "g.txt", "gold\n\n \n砂\n"))
    real = read_items(write(tmp_path / "r.txt", "gold\nsand\n"))

    score = empty_share(generated, real)

    assert score.estimate.value == 0.5
    assert score.estimate.low < 0.2 < 0.8 < score.estimate.high
    assert score.null is not None
    assert score.null.value == 0.0
    assert (score.num_generated, score.num_real) == (4, 2)
