import pytest
from pydantic import ValidationError

from taojin.ingestion.media.config import (
    MediaIngestionConfig,
    MediaRegistry,
    SpeechConfig,
)


def test_all_mistakes_are_told_at_once():
    declared = {
        "a": {"kind": "pictures"},
        "b": {"kind": "images"},
        "c": {"kind": "digits", "location": "/in"},
        "d": {"kind": "images", "location": "/in", "licens": "MIT"},
        "e": {"kind": "images", "location": "/in", "name_pattern": "{a}{a}"},
        "f": "no mapping",
        "g": {"kind": "images", "location": "/x"},
        "h": {"kind": "images", "location": "/x"},
    }
    with pytest.raises(ValidationError) as caught:
        MediaRegistry.model_validate(declared)
    words = str(caught.value)
    for part in (
        "a: kind",
        "b: kind images needs a location",
        "c: kind digits finds its content itself",
        "d: licens",
        "e: name_pattern '{a}{a}' uses a name twice",
        "f: ",
        "h: reads the same as g",
    ):
        assert part in words


def test_sources_are_parted_by_modality_and_null_takes_one_out():
    registry = MediaRegistry.model_validate(
        {
            "b": {"kind": "recordings", "location": "/a"},
            "a": {"kind": "digits"},
            "c": None,
        }
    )
    assert [source.name for source in registry] == ["a", "b"]
    assert [source.name for source in registry.of("audio")] == ["b"]
    assert MediaRegistry.model_validate(registry.model_dump()) == registry
    with pytest.raises(ValidationError, match="must be a mapping"):
        MediaRegistry.model_validate(["a"])


def test_speech_stays_within_what_can_be_spoken():
    for wrong in ({"speeds": (20,)}, {"pitches": (101,)}, {"voices": ()}):
        with pytest.raises(ValidationError, match="speech needs"):
            SpeechConfig.model_validate(wrong)
    with pytest.raises(ValidationError):
        MediaIngestionConfig.model_validate({"limit": {}})
