"""Documents without labels, for a student to answer."""

from collections.abc import Collection, Iterator

import pandas as pd

from taojin.core.fingerprints import hash_text
from taojin.core.shards import Shards
from taojin.features.splits import split_of_documents


def unlabelled_documents(
    documents: Shards,
    splits: pd.DataFrame,
    labelled: Collection[str],
    *,
    max_documents: int,
    max_text_chars: int,
) -> pd.DataFrame:
    """Take documents of the train split that no label is known of.

    Near duplicates share a split, so that nothing held out is among them.

    Args:
        documents: All documents.
        splits: ``document_id`` and ``split`` of exactly these documents.
        labelled: Ids to leave out.
        max_documents: How many to take, the first ones in the order of a hash.
        max_text_chars: Characters of each, from its start.

    Returns:
        ``document_id``, ``text``, in the order of the hash; without empty texts.

    Raises:
        CountMismatchError: If the splits are not of exactly these documents.
    """
    assignment = split_of_documents(documents, splits)
    known = set(labelled)
    rows = [
        (document_id, text[:max_text_chars])
        for document_id, text in _texts(documents)
        if assignment[document_id] == "train"
        and document_id not in known
        and text[:max_text_chars].strip()
    ]
    rows.sort(key=lambda row: hash_text(f"unlabelled/{row[0]}"))
    taken = rows[:max_documents]
    return pd.DataFrame(taken, columns=["document_id", "text"], dtype="str")


def _texts(documents: Shards) -> Iterator[tuple[str, str]]:
    for table in documents.tables(["document_id", "text"]):
        columns = (table.column(name).to_pylist() for name in ("document_id", "text"))
        yield from zip(*columns, strict=True)
