from itertools import combinations

import numpy as np
import pytest

from taojin.curation.media.near_copies import connect_near

SIDE = 4


def components(hashes, thumbnails, radius, distance):
    """The same by comparing every pair."""
    labels = list(range(len(hashes)))
    for first, second in combinations(range(len(hashes)), 2):
        bits = int(hashes[first] ^ hashes[second]).bit_count()
        step = thumbnails[first].astype(float) - thumbnails[second]
        if bits <= radius and np.sqrt((step**2).mean()) <= distance:
            one, other = labels[first], labels[second]
            labels = [min(one, other) if x in (one, other) else x for x in labels]
    return labels


def flipped(draw, value, number):
    for place in draw.choice(64, number, replace=False):
        value ^= 1 << int(place)
    return value


@pytest.mark.parametrize("radius", [0, 1, 4, 8, 20])
def test_no_pair_within_the_radius_is_missed_and_none_beyond_is_joined(radius):
    draw = np.random.default_rng(radius)
    centres = [int(x) for x in draw.integers(0, 2**63, 5)]
    hashes = np.array(
        [
            flipped(draw, centres[i % 5], int(draw.integers(0, radius + 4)))
            for i in range(80)
        ],
        dtype=np.uint64,
    )
    shade = draw.integers(0, 3, (80, 1)) * 5
    thumbnails = (shade + draw.integers(0, 4, (80, SIDE))).astype(np.uint8)
    found = connect_near(hashes, thumbnails, radius, 5.0)
    assert found.tolist() == components(hashes, thumbnails, radius, 5.0)
    assert 1 < len(set(found.tolist())) < 80


def test_pictures_that_differ_are_apart_although_their_hashes_agree():
    hashes = np.zeros(3, dtype=np.uint64)
    thumbnails = np.array([[0, 0], [200, 0], [1, 0]], dtype=np.uint8)
    assert connect_near(hashes, thumbnails, 4, 5.0).tolist() == [0, 1, 0]


def test_nothing_is_compared_where_there_is_nothing():
    nothing = connect_near(np.zeros(0, np.uint64), np.zeros((0, 3), np.uint8), 4, 5.0)
    assert not len(nothing)


@pytest.mark.slow
def test_many_hashes_are_no_quadratic_many():
    draw = np.random.default_rng(0)
    hashes = draw.integers(0, 2**63, 100_000, dtype=np.uint64)
    hashes[1::1000] = hashes[::1000] ^ np.uint64(0b1011)
    thumbnails = np.zeros((100_000, 12), np.uint8)
    # A pile of pictures that are all but equal, and one of different ones.
    hashes[50_000:70_000] = 7
    thumbnails[50_000:70_000] = draw.integers(3, 5, (20_000, 12), dtype=np.uint8)
    hashes[70_000:90_000] = 0xFFFF << 20
    thumbnails[70_000:90_000] = draw.integers(0, 256, (20_000, 1), dtype=np.uint8)
    found = connect_near(hashes, thumbnails, 4, 0.9)  # all pairs would take minutes
    pairs = np.flatnonzero(found[:50_000] != np.arange(50_000))
    assert pairs.tolist() == list(range(1, 50_000, 1000))
    assert len(set(found[70_000:90_000].tolist())) == 256
