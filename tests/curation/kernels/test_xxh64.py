import random

import numpy as np
import pytest

from taojin.curation.kernels.xxh64 import hash_slices, xxh64


def hashed(content, seed=0):
    data = np.frombuffer(content, dtype=np.uint8)
    return int(xxh64(data, 0, len(data), np.uint64(seed)))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", 0xEF46DB3751D8E999),
        (b"a", 0xD24EC4F1A98C6E5B),
        (b"abc", 0x44BC2CF5AD770999),
    ],
)
def test_published_values_are_met(content, expected):
    assert hashed(content) == expected


def test_every_length_and_seed_agrees_with_the_reference():
    xxhash = pytest.importorskip("xxhash")
    source = random.Random(1)  # noqa: S311 - no secret
    for size in (*range(100), 1000, 4097):
        content = source.randbytes(size)
        for seed in (0, 1, 2**64 - 1):
            assert hashed(content, seed) == xxhash.xxh64_intdigest(content, seed=seed)


def test_a_slice_is_hashed_as_if_it_stood_alone():
    data = np.frombuffer(b"not this|this one|nor this", dtype=np.uint8)
    offsets = np.array([9, 17, 17, 26])
    hashes = hash_slices(data, offsets, np.uint64(7))
    expected = [hashed(piece, seed=7) for piece in (b"this one", b"", b"|nor this")]
    assert hashes.tolist() == expected
