import pyarrow as pa
import pytest

from taojin.core.errors import CountMismatchError
from taojin.core.records import DECISION_SCHEMA, DOCUMENT_SCHEMA
from taojin.core.shards import write_shards
from taojin.curation.apply import DROPPED_SCHEMA, ApplyConfig, apply_decisions
from taojin.curation.repeats.found import CUT_SCHEMA
from taojin.engines import EngineConfig

TEXTS = ["Ask jo@firm.de.", "short", "你好 🎉", "Ask ann@firm.de or +49 89 6361 4802."]

REDACT_ALL = ApplyConfig()


def documents(tmp_path, texts=TEXTS):
    rows = [
        {
            "document_id": f"{row:02d}",
            "text": text,
            "source": "s",
            "uri": f"u{row}",
            "title": None,
            "metadata": '{"a": 1}',
        }
        for row, text in enumerate(texts)
    ]
    table = pa.Table.from_pylist(rows, schema=DOCUMENT_SCHEMA)
    return write_shards([table.slice(0, 2), table.slice(2)], tmp_path / "documents")


def decisions(tmp_path, *rules, first=0):
    rows = [
        {
            "document_id": f"{row:02d}",
            "source": "s",
            "kept": rule is None,
            "rule": rule,
            "reason": rule and "too_low",
            "value": rule and 1.0,
            "threshold": rule and 2.0,
            "detail": rule and "why",
            "num_bytes": 5,
        }
        for row, rule in enumerate(rules, start=first)
    ]
    table = pa.Table.from_pylist(rows, schema=DECISION_SCHEMA)
    return write_shards([table.slice(0, 2), table.slice(2)], tmp_path / f"d{first}")


def no_cuts(tmp_path):
    table = CUT_SCHEMA.empty_table()
    return write_shards([table, table], tmp_path / "cuts")


def run(tmp_path, decided, config=REDACT_ALL, out="out", cuts=None):
    return apply_decisions(
        documents(tmp_path),
        decided,
        cuts or no_cuts(tmp_path),
        config,
        output_kept=tmp_path / out / "kept",
        output_dropped=tmp_path / out / "dropped",
        engine=EngineConfig(num_workers=1),
    )


def test_no_document_is_lost(tmp_path):
    kept, dropped = run(tmp_path, decisions(tmp_path, None, "short", None, None))
    assert kept.read().schema.equals(DOCUMENT_SCHEMA)
    assert dropped.read().schema.equals(DROPPED_SCHEMA)
    assert kept.read()["document_id"].to_pylist() == ["00", "02", "03"]
    assert dropped.read()["document_id"].to_pylist() == ["01"]


def test_what_stays_is_redacted_and_counted(tmp_path):
    kept, _ = run(tmp_path, decisions(tmp_path, None, "short", None, None))
    assert kept.read()["text"].to_pylist() == [
        "Ask <EMAIL_1>.",
        "你好 🎉",
        "Ask <EMAIL_1> or <PHONE_1>.",
    ]
    assert kept.counts == {
        "num_documents": 3,
        "num_documents_cut": 0,
        "num_spans_removed": 0,
        "num_bytes_removed": 0,
        "num_redacted_email": 2,
        "num_redacted_phone": 1,
    }


def test_all_other_fields_stay_as_they_were(tmp_path):
    kept, _ = run(tmp_path, decisions(tmp_path, None, None, None, None))
    before = documents(tmp_path).read().drop_columns(["text"])
    assert kept.read().drop_columns(["text"]).equals(before)


def test_what_goes_is_unchanged_and_says_why(tmp_path):
    _, dropped = run(tmp_path, decisions(tmp_path, "short", None, None, "long"))
    rows = dropped.read().to_pylist()
    assert [row["text"] for row in rows] == [TEXTS[0], TEXTS[3]]
    assert [row["rule"] for row in rows] == ["short", "long"]
    assert rows[0]["detail"] == "why"
    assert (rows[0]["value"], rows[0]["threshold"]) == (1.0, 2.0)
    assert dropped.counts == {"num_dropped_short": 1, "num_dropped_long": 1}


def test_only_configured_kinds_are_redacted(tmp_path):
    config = ApplyConfig(redact=("phone",))
    kept, _ = run(tmp_path, decisions(tmp_path, None, None, None, None), config)
    assert kept.read()["text"][3].as_py() == "Ask ann@firm.de or <PHONE_1>."


def test_nothing_may_be_redacted_at_all(tmp_path):
    config = ApplyConfig(redact=())
    kept, _ = run(tmp_path, decisions(tmp_path, None, None, None, None), config)
    assert kept.read()["text"].to_pylist() == TEXTS


@pytest.mark.parametrize("rules", [(None,) * 4, ("short",) * 4])
def test_one_of_the_two_may_be_empty(tmp_path, rules):
    kept, dropped = run(tmp_path, decisions(tmp_path, *rules))
    assert {kept.num_rows, dropped.num_rows} == {0, 4}


def test_decisions_about_other_documents_are_refused(tmp_path):
    decided = decisions(tmp_path, None, None, None, None, first=1)
    with pytest.raises(CountMismatchError, match="not about the same documents"):
        run(tmp_path, decided)


def test_results_are_byte_identical(tmp_path):
    decided = decisions(tmp_path, None, "short", None, None)
    first, second = (run(tmp_path, decided, out=name) for name in "ab")
    assert [s.fingerprint for s in first] == [s.fingerprint for s in second]


def test_repeated_text_is_cut_from_what_stays(tmp_path):
    cut = {"document_id": "03", "row": 1, "start": 0, "end": 4, "num_words": 1}
    rows = pa.Table.from_pylist([cut | {"level": "span"}], schema=CUT_SCHEMA)
    cuts = write_shards([CUT_SCHEMA.empty_table(), rows], tmp_path / "cuts")
    kept, _ = run(tmp_path, decisions(tmp_path, *[None] * 4), cuts=cuts)
    assert kept.read()["text"][3].as_py() == "<EMAIL_1> or <PHONE_1>."
