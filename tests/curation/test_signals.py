import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taojin.core.records import DOCUMENT_SCHEMA
from taojin.core.shards import write_shards
from taojin.curation.config import MinHashConfig, SignalsConfig
from taojin.curation.signal_schema import RATIO_SIGNALS, SIGNAL_NAMES, signal_schema
from taojin.curation.signals import measure_part, measure_signals
from taojin.engines import EngineConfig

CONFIG = SignalsConfig()
# The reference counts characters of overlapping n-grams twice.
SHARES = [n for n in RATIO_SIGNALS if "share_" in n and "gopher_share_top" not in n]
ODD_TEXTS = [
    "",
    "\0",
    " \n\t ",
    "🎉" * 30,
    "中" * 100,
    "\u202e abc",
    "a" * 100_000,
    "\n" * 500,
]


def documents(*texts, licence="MIT"):
    rows = [
        {
            "document_id": f"{row:032x}",
            "text": text,
            "source": "s",
            "uri": str(row),
            "licence": licence,
            "metadata": "{}",
        }
        for row, text in enumerate(texts)
    ]
    return pa.Table.from_pylist(rows, schema=DOCUMENT_SCHEMA)


def rows_of(*texts, config=CONFIG):
    return measure_part(documents(*texts), config)[0].to_pylist()


def test_every_document_has_one_row_of_the_schema():
    table, counts = measure_part(documents("A text.", "", "Another text."), CONFIG)
    assert table.schema == signal_schema(14)
    assert table["document_id"].to_pylist() == [f"{row:032x}" for row in range(3)]
    assert counts == {"num_documents": 3, "num_bytes": 20}


def test_no_documents_are_measured_too():
    table, counts = measure_part(documents(), CONFIG)
    assert table.num_rows == 0
    assert counts == {"num_documents": 0, "num_bytes": 0}


@pytest.mark.parametrize("text", ODD_TEXTS, ids=range(len(ODD_TEXTS)))
def test_odd_documents_have_finite_signals(text):
    row = rows_of(text)[0]
    assert all(np.isfinite(row[name]) for name in SIGNAL_NAMES)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=6))
def test_shares_stay_shares_and_company_does_not_matter(texts):
    rows = rows_of(*texts)
    for row, text in zip(rows, texts, strict=True):
        shares = [row[name] for name in SHARES]
        assert all(0 <= share <= 1 for share in shares)
        alone = rows_of(text)[0]
        assert alone == {**row, "document_id": alone["document_id"]}


def test_personal_data_is_counted_by_kind():
    row = rows_of("Write to jo@firm.de or ann@firm.de from 86.231.85.193")[0]
    assert (row["num_email"], row["num_ip_address"], row["num_phone"]) == (2, 1, 0)


def test_kinds_that_are_not_looked_for_are_zero():
    config = SignalsConfig(personal_data=("phone",))
    assert rows_of("jo@firm.de", config=config)[0]["num_email"] == 0


def test_the_number_of_bands_is_configured():
    config = SignalsConfig(minhash=MinHashConfig(num_bands=3))
    assert len(rows_of("a b c", config=config)[0]["band_hashes"]) == 3


def test_the_input_is_not_changed():
    table = documents("Some text")
    before = table.to_pylist()
    measure_part(table, CONFIG)
    assert table.to_pylist() == before


@pytest.mark.slow
def test_workers_and_parts_do_not_change_what_is_measured(tmp_path):
    texts = [f"Text number {n} of the list." for n in range(6)]
    table = documents(*texts)
    shards = write_shards([table.slice(0, 2), table.slice(2)], tmp_path / "documents")
    results = [
        measure_signals(
            shards, CONFIG, tmp_path / str(workers), EngineConfig(num_workers=workers)
        )
        for workers in (1, 2)
    ]
    assert results[0].fingerprint == results[1].fingerprint
    assert results[0].read() == measure_part(table, CONFIG)[0]
    assert results[0].counts["num_documents"] == 6
