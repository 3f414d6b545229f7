import pytest
from pydantic import ValidationError

from taojin.core.media_records import MODALITY_OF, MediaKind, MediaSource, media_id


def test_the_same_file_at_two_places_is_two_items():
    found = {
        media_id(source, uri, content)
        for source in "ab"
        for uri in "cd"
        for content in (b"1", b"2")
    }
    assert len(found) == 8
    assert all(len(one) == 32 for one in found)


def test_every_kind_has_a_modality():
    assert set(MODALITY_OF) == set(MediaKind.__args__)


def test_a_pattern_of_names_is_read_as_words_between_its_marks():
    source = MediaSource(
        name="a", kind="recordings", location="/x", name_pattern="{label}.{speaker}+"
    )
    expression = source.name_expression()
    assert expression is not None
    found = expression.fullmatch("7.theo+")
    assert found is not None
    assert found.groupdict() == {"label": "7", "speaker": "theo"}
    assert expression.fullmatch("7xtheo+") is None


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "images"},
        {"kind": "emoji", "location": "/x"},
        {"kind": "speech", "manifest": "/x.csv"},
        {"kind": "images", "location": "/x", "name_pattern": "plain"},
        {"kind": "images", "location": "/x", "name_pattern": "{two words}"},
    ],
)
def test_a_source_must_fit_its_kind(fields):
    with pytest.raises(ValidationError):
        MediaSource(name="a", **fields)
