import pytest

from taojin.reporting.sections.media import view_media
from taojin.reporting.texts_media import media_texts


def image(name="one.png", width=28, height=28):
    source = "data:image/png;base64,cG5n"
    return {"id": name, "source": source, "width": width, "height": height}


def recording(seconds=0.5, whole=0.5):
    return {
        "id": "one.wav",
        "source": "data:audio/wav;base64,d2F2",
        "seconds": seconds,
        "whole_seconds": whole,
        "picture": image(width=240, height=64),
    }


def samples(item, modality="image", pairs=True, is_full=False):
    pair = {
        "generated": item, "training": item, "ratio": 0.25, "hash_bits": 3, "distance": 1.0
    }  # fmt: skip
    return {
        "modality": modality,
        "seed": 7,
        "num_bytes": 120_000,
        "max_bytes": 12_000_000,
        "is_full": is_full,
        "sets": [
            {"name": None, "num_items": 300, "shown": [item]},
            {"name": "ours", "num_items": 200, "shown": [item, item]},
        ],
        "pairs": {"ours": [pair], "clean": []} if pairs else {},
    }


def axes():
    copies = {"tables": {"suspected_copies": [{}] * 40}}
    return {"candidates": {"ours": copies, "clean": {"tables": {}}}}


def view(given, modality="image"):
    found = view_media(given, axes(), media_texts(modality))
    assert found is not None
    return found


def test_nothing_to_look_at_is_nothing():
    assert view_media(None, axes(), media_texts("image")) is None


def test_it_is_said_how_items_were_chosen_and_how_much_they_take():
    note = view(samples(image()))["note"]

    assert "Drawn by chance (seed 7)" in note
    assert "120 kB; the limit is 12 MB" in note
    assert "fewer are shown" not in note
    assert "fewer are shown" in view(samples(image(), is_full=True))["note"]


def test_real_items_come_first_and_counts_are_said():
    sets = view(samples(image()))["sets"]

    assert [one["name"] for one in sets] == ["Real images", "ours"]
    assert [one["count"] for one in sets] == ["1 of 300", "2 of 200"]


@pytest.mark.parametrize(
    ("size", "drawn"), [((28, 28), (56, 56)), ((8, 4), (64, 32)), ((64, 48), (64, 48))]
)
def test_small_images_are_enlarged_by_whole_factors(size, drawn):
    one = view(samples(image("a.png", *size)))["sets"][0]["shown"][0]

    assert (one["width"], one["height"]) == drawn
    assert one["alt"] == f"a.png (Real images), {size[0]} × {size[1]} pixels"


def test_pairs_have_both_numbers_and_how_many_more_there_are():
    copies = view(samples(image()))["copies"]

    assert [one["count"] for one in copies] == [
        "1 of 40 suspected in the report",
        "None is suspected.",
    ]
    [pair] = copies[0]["pairs"]
    assert pair["numbers"] == "Ratio 0.25; 3 of 64 bits differ"
    assert [title for title, _ in pair["sides"]] == ["Generated", "Training"]


def test_unknown_training_items_are_told_from_no_copies():
    assert view(samples(image(), pairs=False))["copies"] is None


def test_a_cut_recording_says_so():
    whole = view(samples(recording(), "audio"), "audio")["sets"][0]["shown"][0]
    cut = view(samples(recording(4.0, 9.0), "audio"), "audio")["sets"][0]["shown"][0]

    assert whole["length"] == "0.5 s"
    assert cut["length"] == "first 4 s of 9 s"
    assert "spectrogram" in whole["alt"]
