import numpy as np
import pandas as pd
import pyarrow as pa

from taojin.curation.report.sampling import LowestHashes, hash_ids

IDS = [f"{number:032x}" for number in range(400)]


def drawn(order: list[int], size: int, step: int) -> list[str]:
    """Draw from documents that come in this order, in parts of this size."""
    sample = LowestHashes(size)
    for start in range(0, len(order), step):
        part = order[start : start + step]
        ids = [IDS[number] for number in part]
        hashes = hash_ids(pa.chunked_array([pa.array(ids)]))
        groups = np.array(["even" if number % 2 == 0 else "odd" for number in part])
        rows = sample.wanted(hashes, groups.astype(object))
        frame = pd.DataFrame({"id": ids, "hash": hashes, "group": groups})
        sample.add(frame.assign(row=part).iloc[rows])
    return sample.frame()["id"].tolist()


def test_a_sample_does_not_depend_on_parts_or_order() -> None:
    forwards, backwards = list(range(400)), list(range(399, -1, -1))
    first = drawn(forwards, 20, step=400)
    assert len(first) == 40
    assert drawn(forwards, 20, step=7) == first
    assert drawn(backwards, 20, step=33) == first


def test_each_group_has_its_share() -> None:
    numbers = [int(name, 16) for name in drawn(list(range(400)), 20, step=50)]
    assert sum(number % 2 for number in numbers) == 20


def test_a_sample_is_spread_over_all_documents() -> None:
    numbers = np.array([int(name, 16) for name in drawn(list(range(400)), 50, 400)])
    assert 160 < numbers.mean() < 240


def test_fewer_documents_than_wanted_are_all_drawn() -> None:
    assert drawn(list(range(8)), 20, step=3) == IDS[:8]


def test_nothing_drawn_is_an_empty_frame() -> None:
    assert len(LowestHashes(3).frame()) == 0
