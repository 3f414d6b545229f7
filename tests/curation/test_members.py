import numpy as np
import pandas as pd
import pyarrow as pa

from taojin.curation.members import Members


def ids(*values):
    return pa.chunked_array([list(values)], type=pa.string())


def table(**columns):
    return pd.DataFrame(columns)


def test_documents_are_found_with_their_row_of_the_table():
    members = Members(table(document_id=["a", "b"], share=[0.1, 0.2]))
    rows, found = members.find(ids("x", "b", "a", "b"))
    assert rows.tolist() == [1, 2, 3]
    assert members.column("share")[found].tolist() == [0.2, 0.1, 0.2]


def test_nothing_is_found_in_an_empty_table():
    rows, found = Members(table(document_id=[])).find(ids("a"))
    assert len(rows) == len(found) == 0


def test_the_first_row_about_a_document_counts():
    members = Members(table(document_id=["a", "a"], share=[0.1, 0.2]))
    _, found = members.find(ids("a"))
    assert members.column("share")[found].tolist() == [0.1]


def test_equal_hashes_are_told_apart_by_the_ids(monkeypatch):
    monkeypatch.setattr(
        "taojin.curation.members._hash",
        lambda values: np.full(len(values), 7, dtype=np.uint64),
    )
    rows, _ = Members(table(document_id=["a"])).find(ids("b", "a"))
    assert rows.tolist() == [1]
