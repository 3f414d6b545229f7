import numpy as np
import pytest

from taojin.core.errors import DataError
from taojin.models.codecs.clips import (
    decode_codes,
    encode_clips,
    pad_clips,
    reconstruct_clips,
)


def clips(*lengths):
    draw = np.random.default_rng(0)
    return [draw.normal(0, 0.1, size).astype(np.float32) for size in lengths]


def test_clips_of_any_length_are_coded_to_whole_codes(tiny_codec):
    codes = encode_clips(tiny_codec, clips(1, 40, 41, 399))

    assert [len(rows) for rows in codes] == [1, 1, 2, 10]
    assert all(rows.shape[1] == 2 for rows in codes)


def test_a_clip_does_not_depend_on_those_beside_it(tiny_codec):
    some = clips(300, 90, 310, 90, 41)

    together = encode_clips(tiny_codec, some)
    alone = [encode_clips(tiny_codec, [clip])[0] for clip in some]

    for one, other in zip(together, alone, strict=True):
        np.testing.assert_array_equal(one, other)
    made, single = (
        decode_codes(tiny_codec, together, batch_size=2),
        decode_codes(tiny_codec, together, batch_size=1),
    )
    for one, other in zip(made, single, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_reconstructions_are_as_long_and_within_full_scale(tiny_codec):
    some = clips(1, 77, 400)
    before = [clip.copy() for clip in some]

    made = reconstruct_clips(tiny_codec, some)

    assert [len(clip) for clip in made] == [1, 77, 400]
    assert all(np.abs(clip).max() <= 1.0 for clip in made)
    for clip, old in zip(some, before, strict=True):
        np.testing.assert_array_equal(clip, old)


def test_padding_is_silence_up_to_whole_codes(tiny_codec):
    padded = pad_clips(clips(50, 90), tiny_codec.shape)

    assert padded.shape == (2, 120)
    assert padded[0, 50:].abs().max() == 0.0
    assert padded[1, :90].abs().min() > 0.0


@pytest.mark.parametrize(
    "wrong", [np.zeros(0), np.array([0.0, np.nan]), np.zeros((2, 2))]
)
def test_what_is_no_recording_is_refused_with_its_place(tiny_codec, wrong):
    with pytest.raises(DataError, match=r"1 of 2 recordings .* \[1\]"):
        encode_clips(tiny_codec, [*clips(50), wrong.astype(np.float32)])
