import pyarrow as pa
import pytest

from taojin.core.shards import write_shards
from taojin.curation.duplicates.config import ParagraphsConfig
from taojin.curation.duplicates.paragraphs import (
    REPEATED_SCHEMA,
    find_repeated_paragraphs,
    measure_paragraph_bands,
)
from taojin.engines import EngineConfig

CONFIG = ParagraphsConfig()
ALONE = EngineConfig(num_workers=1)
NOTICE = " ".join(a + b + c for a in "abc" for b in "defgh" for c in "klm")
EDITED = NOTICE.replace("bfl", "changed").upper()
OTHER = " ".join(a + b + c for a in "uvw" for b in "opqrst" for c in "xyz")
POEM = (
    "床前明月光，疑是地上霜。举头望明月，低头思故乡。白日依山尽，黄河入海流。"
    "欲穷千里目，更上一层楼。春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。"
)


def shards(folder, *parts):
    tables = [
        pa.table(
            {
                "document_id": [name for name, _ in part],
                "text": pa.array([text for _, text in part], pa.large_string()),
            }
        )
        for part in parts
    ]
    return write_shards(tables, folder)


def measured(folder, *parts, config=CONFIG):
    documents = shards(folder / "documents", *parts)
    return measure_paragraph_bands(documents, config, folder / "paragraphs", ALONE)


def repeated(folder, *parts, config=CONFIG):
    return find_repeated_paragraphs(
        measured(folder, *parts, config=config),
        config,
        workspace=folder / "work",
        engine=ALONE,
    )


def test_paragraphs_lie_where_their_bytes_are(tmp_path):
    text = f"\n \n  {NOTICE}\n{OTHER}  \n\t\nshort\n\n\n{POEM}"
    table = measured(tmp_path, [("a", text), ("b", NOTICE)]).read()
    content = text.encode()
    spans = zip(table["start"].to_pylist(), table["end"].to_pylist(), strict=True)
    pieces = [content[start:end].decode() for start, end in list(spans)[:2]]
    assert pieces == [f"{NOTICE}\n{OTHER}", POEM]
    assert table["document_id"].to_pylist() == ["a", "a", "b"]
    assert table["start"].to_pylist()[2] == 0


def test_later_copies_are_found_in_any_document(tmp_path):
    table = repeated(
        tmp_path,
        [("one", f"{OTHER}\n\n{NOTICE}"), ("two", EDITED)],
        [("three", f"é\n\n{NOTICE}\n\n{NOTICE}"), ("four", "nothing of the kind")],
    )
    assert table.schema == REPEATED_SCHEMA
    assert table["document_id"].to_pylist() == ["two", "three", "three"]
    start = len(OTHER) + 2
    size = len(NOTICE)
    assert table["start"].to_pylist() == [0, 4, 4 + size + 2]
    assert table["end"].to_pylist() == [len(EDITED), 4 + size, 4 + 2 * size + 2]
    assert table["cluster"].to_pylist() == [1, 1, 1]
    assert set(table["kept_document_id"].to_pylist()) == {"one"}
    assert set(table["kept_start"].to_pylist()) == {start}


def test_chinese_paragraphs_are_compared_by_characters(tmp_path):
    edited = POEM.replace("黄河", "长河")
    table = repeated(tmp_path, [("one", POEM), ("two", f"{edited}\n\n{OTHER}")])
    assert table["document_id"].to_pylist() == ["two"]
    assert table["end"].to_pylist() == [len(edited.encode())]


def test_short_paragraphs_are_left_out(tmp_path):
    texts = [("one", "all rights reserved"), ("two", "all rights reserved")]
    assert repeated(tmp_path, texts).num_rows == 0
    few = ParagraphsConfig(min_shingles=1)
    longer = [(name, f"{text} by us") for name, text in texts]
    assert repeated(tmp_path / "few", longer, config=few).num_rows == 1


@pytest.mark.parametrize("parts", [([],), ([("a", "")],), ([("a", "\n\n \n")], [])])
def test_texts_without_paragraphs_have_none_repeated(tmp_path, parts):
    assert repeated(tmp_path, *parts).num_rows == 0


def test_parts_do_not_change_what_is_found(tmp_path):
    documents = [(str(number), NOTICE if number % 3 else OTHER) for number in range(9)]
    whole = repeated(tmp_path / "whole", documents)
    halves = repeated(tmp_path / "halves", documents[:4], documents[4:])
    assert whole.num_rows == 7
    assert halves.equals(whole)
