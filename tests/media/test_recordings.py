import struct

import numpy as np
import pytest
from scipy.io import wavfile

from taojin.core.errors import ConfigurationError, CorruptArtifactError
from taojin.evaluation.items import ItemsConfig, read_items
from taojin.media.decoded import RejectedItemError
from taojin.media.recordings import (
    decode_recording,
    encode_samples,
    open_samples,
    read_recording,
)

RATE = 8000
CONFIG = ItemsConfig(sample_rate=RATE)


def tone(seconds=0.25, hertz=440.0, rate=RATE, loudness=0.5):
    times = np.arange(int(seconds * rate)) / rate
    return loudness * np.sin(2 * np.pi * hertz * times)


def wave_of_24_bits(path, samples, rate=RATE):
    whole = np.rint(samples * 2**23).astype("<i4")
    data = whole.view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    head = struct.pack("<HHIIHH", 1, 1, rate, rate * 3, 3, 24)
    body = b"WAVEfmt " + struct.pack("<I", 16) + head
    body += b"data" + struct.pack("<I", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


@pytest.mark.parametrize(
    ("kind", "scale", "error"),
    [
        (np.int16, 2**15, 2**-15),
        (np.int32, 2**31, 1e-7),
        (np.float32, 1, 1e-7),
    ],
)
def test_samples_of_every_width_have_one_scale(tmp_path, kind, scale, error):
    wavfile.write(tmp_path / "a.wav", RATE, (tone() * scale).astype(kind))

    found = decode_recording(tmp_path / "a.wav", CONFIG)

    np.testing.assert_allclose(found.item, tone(), atol=error)
    assert found.item.dtype == np.float32
    assert found.notes == ()


def test_samples_of_eight_bits_are_centred(tmp_path):
    wavfile.write(tmp_path / "a.wav", RATE, np.array([0, 128, 192], dtype=np.uint8))

    found = decode_recording(tmp_path / "a.wav", CONFIG)

    assert found.item.tolist() == [-1.0, 0.0, 0.5]


def test_samples_of_24_bits_are_read(tmp_path):
    path = wave_of_24_bits(tmp_path / "a.wav", tone())

    found = decode_recording(path, CONFIG)

    np.testing.assert_allclose(found.item, tone(), atol=2**-22)


def test_channels_are_averaged(tmp_path):
    both = np.stack([tone(), np.zeros_like(tone())], axis=1).astype(np.float32)
    wavfile.write(tmp_path / "a.wav", RATE, both)

    found = decode_recording(tmp_path / "a.wav", CONFIG)

    np.testing.assert_allclose(found.item, tone() / 2, atol=1e-7)
    assert found.notes == ("mixed_down",)


def test_another_rate_is_resampled_to_the_same_sound(tmp_path):
    wavfile.write(tmp_path / "a.wav", 22_050, tone(rate=22_050).astype(np.float32))

    found = decode_recording(tmp_path / "a.wav", CONFIG)

    inner = slice(200, -200)  # the filter sees silence beyond the ends
    np.testing.assert_allclose(
        found.item[: len(tone())][inner], tone()[inner], atol=3e-3
    )
    assert found.notes == ("resampled",)


def test_clipping_and_silence_are_noted(tmp_path):
    loud = np.clip(tone(loudness=2.0), -1, 1 - 2**-15)
    wavfile.write(tmp_path / "a.wav", RATE, (loud * 2**15).astype(np.int16))
    wavfile.write(tmp_path / "b.wav", RATE, np.zeros(100, np.int16))

    found = read_items(tmp_path, CONFIG)

    assert found.noted == {"clipped": 1, "silent": 1}
    assert found.sample_rate == RATE


@pytest.mark.parametrize("cut", [10, 30, 44, 500])
def test_a_cut_file_is_rejected(tmp_path, cut):
    path = tmp_path / "a.wav"
    wavfile.write(path, RATE, (tone() * 2**15).astype(np.int16))
    path.write_bytes(path.read_bytes()[:cut])

    with pytest.raises(RejectedItemError, match=r"truncated|unreadable|empty"):
        decode_recording(path, CONFIG)


def test_every_unusable_recording_has_its_reason(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"")
    wavfile.write(tmp_path / "b.wav", RATE, np.zeros(0, np.int16))
    wavfile.write(tmp_path / "c.wav", RATE, np.array([np.nan, 0.0], np.float32))
    wavfile.write(tmp_path / "d.wav", RATE, np.zeros(3 * RATE, np.int16))
    wavfile.write(tmp_path / "e.wav", RATE, (tone() * 2**15).astype(np.int16))
    (tmp_path / "f.wav").write_bytes(b"no sound at all")

    found = read_items(tmp_path, ItemsConfig(sample_rate=RATE, max_seconds=2.0))

    assert {row.id[0]: row.reason for row in found.rejected} == {
        "a": "empty",
        "b": "empty",
        "c": "not_finite",
        "d": "too_long",
        "f": "unreadable",
    }
    assert found.ids == ("e.wav",)


def test_other_formats_need_the_extra_or_are_read_by_it(tmp_path):
    path = tmp_path / "a.flac"
    try:
        soundfile = __import__("soundfile")
    except ImportError:
        path.write_bytes(b"fLaC")
        with pytest.raises(ConfigurationError, match=r"taojin\[audio\]"):
            read_items(tmp_path, CONFIG)
        return
    soundfile.write(path, tone(), RATE)
    np.testing.assert_allclose(decode_recording(path, CONFIG).item, tone(), atol=1e-4)


def test_a_recording_keeps_its_rate_and_tells_its_channels(tmp_path):
    both = np.stack([tone(rate=11_025), np.zeros(2756)], axis=1)
    wavfile.write(tmp_path / "a.wav", 11_025, (both * 2**15).astype(np.int16))

    found = read_recording((tmp_path / "a.wav").read_bytes(), CONFIG)

    assert (found.item.sample_rate, found.item.num_channels) == (11_025, 2)
    np.testing.assert_allclose(found.item.samples, tone(rate=11_025) / 2, atol=2**-15)
    assert found.notes == ("mixed_down",)


def test_samples_are_written_without_loss_and_small_where_that_is_possible():
    whole = np.array([-(2**15), 0, 1, 2**15 - 1]) / 2**15
    for samples, encoding in (
        (whole, "pcm_16"),
        (np.array([1.0]), "float_32"),
        (np.array([0.1, 2.5], dtype=np.float32), "float_32"),
    ):
        found, content = encode_samples(samples)
        assert found == encoding
        np.testing.assert_array_equal(open_samples(found, content), samples)
    with pytest.raises(CorruptArtifactError, match="mp3"):
        open_samples("mp3", b"")
