import pyarrow as pa

from taojin.core.shards import write_shards
from taojin.curation.repeats.config import NearParagraphsConfig
from taojin.curation.repeats.near_paragraphs import find_near_paragraphs
from taojin.engines import EngineConfig

LETTERS = "abcdefghijklmnopqrst"
WORDS = [f"{first}{second}word" for first in LETTERS for second in LETTERS[:15]]
PARAGRAPH = " ".join(WORDS)
NEARLY = " ".join([*WORDS[:30], "other", *WORDS[31:]])
ONE = EngineConfig(num_workers=1)


def find(tmp_path, texts, kept, *, enabled=True):
    ids = [f"{number:032x}" for number in range(len(texts))]
    tables = [
        pa.table({"document_id": [id_], "text": pa.array([text], pa.large_string())})
        for id_, text in zip(ids, texts, strict=True)
    ]
    decisions = [pa.table({"kept": [flag]}) for flag in kept]
    return find_near_paragraphs(
        write_shards(tables, tmp_path / "documents"),
        write_shards(decisions, tmp_path / "decisions"),
        NearParagraphsConfig(enabled=enabled, min_shingles=8),
        workspace=tmp_path / "work",
        engine=ONE,
    )


def test_a_paragraph_that_nearly_repeats_an_earlier_one_is_placed(tmp_path):
    texts = [f"{PARAGRAPH}\n\nFirst.", f"Second.\n\n{PARAGRAPH}", f"Third.\n\n{NEARLY}"]
    found = find(tmp_path, texts, [True, True, True])
    assert [part.num_rows for part in found.parts] == [0, 1, 1]
    row = found.read().to_pylist()[0]
    assert texts[1].encode()[row["start"] : row["end"]].decode().strip() == PARAGRAPH
    assert (row["row"], row["num_words"]) == (0, 300)
    assert row["first_document_id"] == f"{0:032x}"


def test_a_dropped_document_makes_nothing_repeated(tmp_path):
    texts = [PARAGRAPH, f"Second.\n\n{PARAGRAPH}"]
    assert find(tmp_path, texts, [False, True]).num_rows == 0


def test_nothing_is_sought_unless_asked(tmp_path):
    texts = [PARAGRAPH, f"Second.\n\n{PARAGRAPH}"]
    assert find(tmp_path, texts, [True, True], enabled=False).num_rows == 0
