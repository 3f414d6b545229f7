from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pytest

from taojin.core.media_records import CLIP_SCHEMA
from taojin.core.shards import write_shards
from taojin.curation.media.apply import apply_media_decisions
from taojin.curation.media.clip_signals import CLIP_SIGNALS, measure_clip, measure_clips
from taojin.curation.media.config import ClipCurationConfig
from taojin.curation.media.copies import find_media_copies
from taojin.curation.media.decisions import decide_media
from taojin.curation.media.report import report_media_curation
from taojin.engines import EngineConfig
from taojin.media.recordings import encode_samples

RATE = 8000
ENGINE = EngineConfig(num_workers=1)
CONFIG = ClipCurationConfig()


class Verdict(NamedTuple):
    allowed: bool
    reason: str


def tone(seconds=0.5, hertz=440.0, loudness=0.5):
    times = np.arange(int(seconds * RATE)) / RATE
    return (loudness * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def test_signals_say_what_a_recording_is():
    found = measure_clip(tone(), RATE)
    assert found["seconds"] == 0.5
    assert found["peak"] == pytest.approx(0.5, abs=1e-3)
    assert found["rms_db"] == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.05)
    assert 430 < found["bandwidth"] < 470
    assert (found["clipped_share"], found["silent_share"]) == (0, 0)
    assert found["dc_offset"] == pytest.approx(0, abs=1e-3)


def test_silence_clipping_and_offset_are_told():
    half = np.concatenate([tone(), np.zeros(RATE // 2, np.float32)])
    assert measure_clip(half, RATE)["silent_share"] == pytest.approx(0.5, abs=0.01)
    nothing = measure_clip(np.zeros(100, np.float32), RATE)
    assert (nothing["rms_db"], nothing["silent_share"]) == (-120.0, 1.0)
    assert nothing["bandwidth"] == 0
    loud = np.clip(tone(loudness=4.0), -1, 1)
    assert measure_clip(loud, RATE)["clipped_share"] > 0.5
    assert measure_clip(tone() + np.float32(0.25), RATE)["dc_offset"] == pytest.approx(
        0.25, abs=0.01
    )
    # Without its offset there is a tone; with it nearly all energy lies at 0 hertz.
    offset = measure_clip(tone(loudness=0.02) + np.float32(0.9), RATE)
    assert 400 < offset["bandwidth"] < 600
    assert measure_clip(np.ones(1, np.float32), RATE)["peak"] == 1.0


def test_recordings_are_kept_or_dropped_and_add_up(tmp_path):
    sounds = [
        tone(),
        tone(0.01),
        np.zeros(RATE, np.float32),
        np.clip(tone(loudness=9.0), -1, 1),
        tone(),
        tone(hertz=550),
    ]
    rows = []
    for place, samples in enumerate(sounds):
        encoding, content = encode_samples(samples)
        rows.append(
            {
                "clip_id": f"c{place}",
                "samples": content,
                "encoding": encoding,
                "sample_rate": RATE,
                "num_channels": 1,
                "num_samples": len(samples),
                "source": "spoken",
                "uri": f"{place}.wav",
                "licence": "MIT",
                "notes": [],
                "metadata": "{}",
            }
        )
    table = pa.Table.from_pylist(rows, schema=CLIP_SCHEMA)
    clips = write_shards([table.slice(0, 4), table.slice(4)], tmp_path / "records")
    verdicts: dict[str | None, Verdict] = {"MIT": Verdict(True, "allowed")}
    signals = measure_clips(clips, tmp_path / "signals", ENGINE)
    assert signals.read().schema == CLIP_SIGNALS
    clusters = find_media_copies(signals, CONFIG.copies, "clip_id")
    decisions = decide_media(
        signals, clusters, CONFIG.rules, verdicts, tmp_path / "decisions", "clip_id"
    )
    found = decisions.read()["rule"].to_pylist()
    assert found == [None, "seconds", "peak", "clipped_share", "exact_duplicate", None]
    kept, dropped = apply_media_decisions(
        clips,
        decisions,
        "clip_id",
        output_kept=tmp_path / "kept",
        output_dropped=tmp_path / "dropped",
        engine=ENGINE,
    )
    assert (kept.num_rows, dropped.num_rows) == (2, 4)
    report = report_media_curation(
        clips, signals, decisions, clusters, CONFIG.rules, verdicts, "clip_id"
    )
    assert (report["num_kept"], report["num_dropped"]) == (2, 4)
