import numpy as np
import pytest

from taojin.training.codecs.segments import Segments


def ramps(*lengths):
    return [np.arange(1, size + 1, dtype=np.float32) / 10_000 for size in lengths]


def test_the_number_of_a_batch_determines_it():
    segments = Segments(ramps(50, 200, 300), 100, 4, seed=1, gain_decibels=6.0)

    later = segments.batch(5).samples
    segments.batch(0)

    np.testing.assert_array_equal(segments.batch(5).samples, later)
    assert later.shape == (4, 100)
    assert not np.array_equal(segments.batch(6).samples, later)


def test_every_clip_is_met_once_an_epoch():
    clips = [np.full(200, place + 1.0, np.float32) / 10 for place in range(6)]
    segments = Segments(clips, 100, 3, seed=0)

    for epoch in range(3):
        batches = [segments.batch(2 * epoch + part).samples for part in range(2)]
        values = sorted(float(row[0]) for batch in batches for row in batch)
        np.testing.assert_allclose(values, np.arange(1, 7) / 10)


def test_a_piece_of_a_long_clip_is_consecutive_and_elsewhere_each_time():
    pieces = Segments(ramps(1000), 100, 8, seed=0).batch(0).samples.numpy()

    np.testing.assert_allclose(np.diff(pieces, axis=1), 1e-4, atol=1e-7)
    assert len({float(piece[0]) for piece in pieces}) > 4


def test_a_short_clip_has_silence_around_it():
    pieces = Segments(ramps(30), 100, 8, seed=0).batch(0).samples.numpy()

    starts = set()
    for piece in pieces:
        sounding = np.flatnonzero(piece)
        assert len(sounding) == 30
        np.testing.assert_allclose(piece[sounding], ramps(30)[0])
        starts.add(int(sounding[0]))
    assert len(starts) > 4


def test_gains_stay_within_bounds_and_clip_nothing():
    loud = [np.full(100, 0.9, np.float32)]
    soft = [np.full(100, 0.1, np.float32)]

    louds, softs = (
        Segments(clips, 100, 200, seed=0, gain_decibels=6.0).batch(0).samples[:, 0]
        for clips in (loud, soft)
    )

    assert louds.max() == pytest.approx(1.0)
    assert softs.min() >= 0.1 * 10 ** (-6 / 20) - 1e-6
    assert softs.max() <= 0.1 * 10 ** (6 / 20) + 1e-6
    assert softs.max() / softs.min() > 3.0
