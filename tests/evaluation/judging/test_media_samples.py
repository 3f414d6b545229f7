import base64
import io
import json

import numpy as np
import pytest
from PIL import Image
from scipy.io import wavfile

from taojin.evaluation.items.item_sets import ItemSet
from taojin.evaluation.judging.media_config import MediaJudgingConfig
from taojin.evaluation.judging.media_samples import (
    ShownSets,
    media_samples,
    shown_image,
    shown_recording,
)
from taojin.features.spectrograms import SpectrogramConfig

RATE = 8000
SOUNDS = SpectrogramConfig(sample_rate=RATE, num_bands=32)
COPIES = [
    {"generated": "3", "training": "1", "distance": 0.0, "ratio": 0.0, "hash_bits": 0},
    {"generated": "7", "training": "2", "distance": 1.0, "ratio": 0.4, "hash_bits": 5},
]


def config(**shown):
    return MediaJudgingConfig.model_validate(
        {
            "candidates": {"one": {"location": "one"}},
            "reference": "real",
            "items": {"sample_rate": RATE},
            "sounds": SOUNDS,
            "recordings": {"sample_rate": RATE},
            "shown": shown,
        }
    )


def images(number, seed=0, size=8):
    random = np.random.default_rng(seed)
    items = random.integers(0, 256, (number, size, size, 1), np.uint8)
    return ItemSet("image", list(items), tuple(map(str, range(number))))


def tone(seconds=0.5, pitch=1000.0, loudness=0.5):
    times = np.arange(int(seconds * RATE)) / RATE
    return (loudness * np.sin(2 * np.pi * pitch * times)).astype(np.float32)


def recordings(number):
    names = tuple(map(str, range(number)))
    items = [tone(pitch=200.0 + 50.0 * place) for place in range(number)]
    return ItemSet("audio", items, names, sample_rate=RATE)


def sets(make=images, copies=COPIES, training=True):
    return ShownSets(
        reference=make(20),
        candidates={"one": make(30), "two": make(5)},
        training=make(10) if training else None,
        copies={"one": copies} if training else {},
    )


def decoded(source, kind):
    head, _, content = source.partition(";base64,")
    assert head == f"data:{kind}"
    return io.BytesIO(base64.b64decode(content, validate=True))


def pixels(shown):
    return np.asarray(Image.open(decoded(shown["source"], "image/png")))


def shown_ids(samples):
    return {
        one["name"]: [item["id"] for item in one["shown"]] for one in samples["sets"]
    }


def test_every_set_has_its_number_of_samples_or_all_that_it_has():
    samples = media_samples(sets(), config(num_images=12))

    ids = shown_ids(samples)
    assert {name: len(own) for name, own in ids.items()} == {
        None: 12,
        "one": 12,
        "two": 5,
    }
    assert all(len(set(own)) == len(own) for own in ids.values())
    assert not samples["is_full"]
    assert json.loads(json.dumps(samples)) == samples


def test_samples_are_drawn_by_the_seed_and_by_nothing_that_was_found():
    samples = shown_ids(media_samples(sets(), config(num_images=8)))
    other = shown_ids(media_samples(sets(), config(num_images=8, seed=1)))

    assert samples == shown_ids(media_samples(sets(copies=[]), config(num_images=8)))
    assert samples["one"] != other["one"]
    assert samples["one"] != sorted(samples["one"], key=int)  # not the first ones


def test_what_is_shown_is_what_the_item_is():
    given = sets()
    samples = media_samples(given, config())

    for item in samples["sets"][1]["shown"]:
        original = given.candidates["one"].items[int(item["id"])]
        assert np.array_equal(pixels(item), original[..., 0])


def test_large_images_are_shrunk_in_proportion_and_small_ones_are_not_enlarged():
    large = shown_image("large", np.zeros((100, 400, 3), np.uint8), 64)
    small = shown_image("small", np.zeros((8, 4, 1), np.uint8), 64)

    assert (large["width"], large["height"]) == (64, 16)
    assert pixels(large).shape == (16, 64, 3)
    assert (small["width"], small["height"]) == (4, 8)


def test_suspected_copies_stand_beside_their_training_items():
    given = sets()
    pairs = media_samples(given, config())["pairs"]["one"]

    assert [pair["ratio"] for pair in pairs] == [0.0, 0.4]
    assert [pair["hash_bits"] for pair in pairs] == [0, 5]
    assert given.training is not None
    for pair, row in zip(pairs, COPIES, strict=True):
        own, learned = pair["generated"], pair["training"]
        assert (own["id"], learned["id"]) == (row["generated"], row["training"])
        original = given.training.items[int(row["training"])]
        assert np.array_equal(pixels(learned), original[..., 0])


def test_only_the_nearest_pairs_are_shown():
    assert len(media_samples(sets(), config(num_pairs=1))["pairs"]["one"]) == 1
    assert media_samples(sets(training=False), config())["pairs"] == {}


def test_the_parts_take_no_more_than_the_limit_and_sets_alike():
    every = media_samples(sets(), config(num_images=20))
    limit = every["num_bytes"] / 3e6
    samples = media_samples(sets(), config(num_images=20, max_megabytes=limit))

    sources = [item["source"] for one in samples["sets"] for item in one["shown"]]
    for pair in samples["pairs"]["one"]:
        sources += [pair["generated"]["source"], pair["training"]["source"]]
    assert sum(map(len, sources)) == samples["num_bytes"] <= samples["max_bytes"]
    assert samples["is_full"]
    numbers = [len(own) for own in shown_ids(samples).values()]
    assert abs(numbers[0] - numbers[1]) <= 1
    nothing = media_samples(sets(), config(max_megabytes=0.0))
    assert (nothing["num_bytes"], nothing["is_full"]) == (0, True)


def test_a_recording_can_be_played_and_its_rest_is_cut_off():
    samples = tone(seconds=1.0, loudness=2.0)
    shown = shown_recording("tone", samples, SOUNDS, 0.25)

    rate, heard = wavfile.read(decoded(shown["source"], "audio/wav"))
    assert (rate, heard.dtype, len(heard)) == (RATE, np.int16, RATE // 4)
    expected = np.clip(samples[: RATE // 4], -1.0, 1.0)
    assert np.allclose(heard / 32767.0, expected, atol=1 / 32767)
    assert (shown["seconds"], shown["whole_seconds"]) == (0.25, 1.0)


@pytest.mark.parametrize("seconds", [0.5, 3.0])
def test_a_spectrogram_shows_pitch_upwards_and_is_as_wide_as_others(seconds):
    low, high = (
        pixels(shown_recording("", tone(seconds, pitch), SOUNDS, 4.0)["picture"])
        for pitch in (300.0, 2500.0)
    )

    assert low.shape == high.shape
    assert low.shape[0] == 32
    assert 230 < low.shape[1] <= 240
    assert low.mean(axis=1).argmax() > high.mean(axis=1).argmax()


def test_louder_is_lighter_and_silence_is_black():
    loud, quiet, silent = (
        pixels(shown_recording("", tone(loudness=level), SOUNDS, 4.0)["picture"])
        for level in (0.5, 0.005, 0.0)
    )

    assert loud.mean() > quiet.mean() > silent.mean() == 0.0


def test_recordings_of_every_set_are_shown():
    samples = media_samples(sets(recordings), config(num_recordings=3, num_pairs=1))

    assert samples["modality"] == "audio"
    assert [len(own) for own in shown_ids(samples).values()] == [3, 3, 3]
    sources = [
        item[kind] if kind == "source" else item[kind]["source"]
        for one in samples["sets"]
        for item in one["shown"]
        for kind in ("source", "picture")
    ]
    pair = samples["pairs"]["one"][0]
    for item in (pair["generated"], pair["training"]):
        sources += [item["source"], item["picture"]["source"]]
    assert sum(map(len, sources)) == samples["num_bytes"]
