import numpy as np
import pytest
from PIL import Image

from taojin.core.errors import DataError
from taojin.evaluation.copies import HashTable, hash_images, hash_recordings
from taojin.features.spectrograms import SpectrogramConfig

# ImageHash 4.3.2: dhash and phash of the images below, 0 to 3.
DIFFERENCE = [
    "f3fb191edc0c04c4",
    "2c67e7dcd8d0203c",
    "9bcfc7c3079b991c",
    "eee7e3f1fb3624cc",
]
FREQUENCY = [
    "930bc90ba6fc3f03",
    "93e4fcd133dc4c21",
    "e1a3137939cbc634",
    "8c0f263c93b6ae4b",
]
SOUND = SpectrogramConfig(sample_rate=8000)


def image(seed, size=(40, 30)):
    coarse = np.random.default_rng(seed).random((6, 6, 3))
    picture = Image.fromarray((coarse * 255).astype(np.uint8))
    return np.asarray(picture.resize(size, Image.Resampling.BICUBIC))


def bits(first, second):
    return int(np.bitwise_count(first ^ second))


@pytest.mark.parametrize(
    ("kind", "expected"), [("difference", DIFFERENCE), ("frequency", FREQUENCY)]
)
def test_hashes_are_those_of_the_reference_library(kind, expected):
    table = hash_images([image(seed) for seed in range(4)], kind)

    assert [f"{value:016x}" for value in table.values] == expected


@pytest.mark.parametrize("kind", ["difference", "frequency"])
def test_a_hash_survives_what_leaves_the_picture_the_same(kind):
    original = image(0, (128, 96))
    larger = np.asarray(Image.fromarray(original).resize((200, 150)))
    brighter = np.clip(original.astype(float) * 0.8 + 20, 0, 255).astype(np.uint8)

    first, *others, other = hash_images(
        [original, larger, brighter, image(1, (128, 96))], kind
    ).values

    assert max(bits(first, value) for value in others) <= 6
    assert bits(first, other) > 16


@pytest.mark.parametrize("kind", ["difference", "frequency"])
def test_a_recording_is_known_again_at_another_loudness_and_not_another_one(kind):
    times = np.arange(8000) / 8000
    draw = np.random.default_rng(0)

    def melody():
        notes = np.repeat(draw.uniform(200, 2000, 8), 1000)
        return np.sin(2 * np.pi * np.cumsum(notes) / 8000)

    first, other = melody(), melody()
    noisy = 0.3 * first + draw.normal(0, 0.001, len(times))

    found = hash_recordings([first, 0.3 * first, noisy, other], SOUND, kind).values

    assert found[0] == found[1]
    assert bits(found[0], found[2]) <= 10
    assert bits(found[0], found[3]) > 10


def test_kinds_of_hashes_have_fingerprints_of_their_own():
    sound = [np.ones(800)]
    tables = [
        hash_images([image(0)], "difference"),
        hash_images([image(0)], "frequency"),
        hash_recordings(sound, SOUND),
        hash_recordings(sound, SOUND.model_copy(update={"hop_size": 99})),
    ]

    assert len({table.extractor for table in tables}) == 4


def test_a_table_without_items_is_refused():
    with pytest.raises(DataError, match="at least one"):
        HashTable(np.array([], np.uint64), "h")
