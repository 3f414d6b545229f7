import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from taojin.curation.duplicates.components import connect, in_company

EDGES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12)


def rows(number=10):
    return np.arange(number, dtype=np.int64)


def as_edges(pairs):
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def expected(pairs):
    labels = list(range(10))
    for _ in pairs:
        for left, right in pairs:
            labels[left] = labels[right] = min(labels[left], labels[right])
    return labels


@settings(deadline=None)
@given(EDGES)
def test_labels_are_the_lowest_rows_reached(pairs):
    assert connect(rows(), [as_edges(pairs)]).tolist() == expected(pairs)


@settings(deadline=None)
@given(EDGES, st.randoms(use_true_random=False))
def test_neither_order_nor_chunks_matter(pairs, random):
    shuffled = [pair[::-1] for pair in random.sample(pairs, len(pairs))]
    chunks = [as_edges(shuffled[:4]), as_edges([]), as_edges(shuffled[4:])]
    assert (
        connect(rows(), chunks).tolist() == connect(rows(), [as_edges(pairs)]).tolist()
    )


def test_components_are_joined_further_and_the_given_ones_kept():
    before = connect(rows(5), [as_edges([(3, 4)])])
    after = connect(before, [as_edges([(1, 4)])])
    assert before.tolist() == [0, 1, 2, 3, 3]
    assert after.tolist() == [0, 1, 2, 1, 1]


def test_rows_in_company_are_marked():
    marked = in_company(np.array([0, 1, 0, 3, 1]))
    assert marked.tolist() == [True, True, True, False, True]


def test_no_rows_have_no_components():
    assert connect(rows(0), []).tolist() == []
    assert in_company(rows(0)).tolist() == []
