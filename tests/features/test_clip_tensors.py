import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from taojin.core.errors import CorruptArtifactError, CountMismatchError, DataError
from taojin.core.media_records import CLIP_SCHEMA
from taojin.core.shards import write_shards
from taojin.features.clip_tensors import (
    ClipTensors,
    ClipTensorsConfig,
    fitted_wave,
    write_clip_tensors,
)
from taojin.media.recordings import encode_samples

RATE = 1000
CONFIG = ClipTensorsConfig(sample_rate=RATE, seconds=0.1)


def tone(num_samples, rate=RATE):
    return 0.5 * np.sin(2 * np.pi * 50 * np.arange(num_samples) / rate)


def clips(tmp_path):
    rows = []
    for place, (length, rate) in enumerate([(60, RATE), (150, RATE), (120, 2 * RATE)]):
        encoding, content = encode_samples(tone(length, rate))
        rows.append(
            {
                "clip_id": f"c{place}",
                "samples": content,
                "encoding": encoding,
                "sample_rate": rate,
                "num_channels": 1,
                "num_samples": length,
                "source": "spoken",
                "uri": f"{place}.wav",
                "label": "ab"[place % 2],
                "speaker": "li" if place else None,
                "transcript": "好" if place == 1 else None,
                "notes": [],
                "metadata": "{}",
            }
        )
    table = pa.Table.from_pylist(rows, schema=CLIP_SCHEMA)
    return write_shards([table.slice(0, 2), table.slice(2)], tmp_path / "clips")


def splits(names=("test", "train", "train")):
    ids = [f"c{place}" for place in range(len(names))]
    return pd.DataFrame({"clip_id": ids, "split": list(names)})


def write(tmp_path):
    return write_clip_tensors(tmp_path / "t", clips(tmp_path), splits(), CONFIG)


def test_recordings_have_one_rate_and_length_and_tell_their_own(tmp_path):
    found = write(tmp_path)
    assert found.samples.shape == (3, 100)
    assert found.ids.tolist() == ["c1", "c2", "c0"]
    assert found.lengths.tolist() == [100, 60, 60]
    assert found.labels == ("a", "b")
    assert found.targets.tolist() == [1, 0, 0]
    assert (found.speakers, found.speaker_targets.tolist()) == (("li",), [0, 0, -1])
    assert found.transcripts == ("好", "", "")
    waves = found.waves()
    np.testing.assert_allclose(waves[0], tone(150)[25:125], atol=1e-4)
    np.testing.assert_allclose(waves[2, :60], tone(60), atol=1e-4)
    np.testing.assert_allclose(waves[1, 5:50], tone(60)[5:50], atol=0.02)
    assert not waves[1:, 60:].any()


def test_a_split_is_mapped_and_fingerprints_are_of_the_content(tmp_path):
    whole = write(tmp_path)
    train = whole.take("train")
    assert isinstance(train.samples, np.memmap)
    assert (train.ids.tolist(), train.transcripts) == (["c1", "c2"], ("好", ""))
    assert train.fingerprint != whole.fingerprint
    assert whole.fingerprint == write(tmp_path / "other").fingerprint
    with pytest.raises(DataError, match="no recordings for validation"):
        whole.take("validation")


def test_altered_content_and_foreign_splits_are_refused(tmp_path):
    write(tmp_path)
    path = tmp_path / "t" / "samples.npy"
    path.write_bytes(path.read_bytes()[:-2] + b"\x01\x01")
    with pytest.raises(CorruptArtifactError, match=r"samples\.npy changed"):
        ClipTensors.open(tmp_path / "t")
    with pytest.raises(CountMismatchError):
        write_clip_tensors(tmp_path / "u", clips(tmp_path), splits(["test"]), CONFIG)


def test_silence_at_the_ends_goes_and_loudness_can_be_one():
    quiet = np.zeros(40)
    wave = np.concatenate([quiet, 0.1 * tone(50), quiet, tone(10), quiet])
    found = fitted_wave(
        wave.astype(np.float32),
        RATE,
        ClipTensorsConfig(sample_rate=RATE, trim_db=-30.0, peak=0.9),
    )
    assert len(found) == 100
    assert np.abs(found).max() == pytest.approx(0.9)
    nothing = fitted_wave(
        np.zeros(20, np.float32),
        RATE,
        ClipTensorsConfig(sample_rate=RATE, trim_db=-30.0, peak=0.9),
    )
    assert len(nothing) == 20
    assert not nothing.any()


def test_the_start_of_a_longer_recording_can_be_kept():
    config = ClipTensorsConfig(sample_rate=RATE, seconds=0.1, cut="start")
    found = fitted_wave(tone(150).astype(np.float32), RATE, config)
    np.testing.assert_allclose(found, tone(100), atol=1e-6)
