import numpy as np
import pytest
import torch

from taojin.core.errors import DataError
from taojin.models.codecs.clips import encode_clips
from taojin.models.codecs.shape import CodecShape
from taojin.training.checkpoints import DirectoryCheckpointStore
from taojin.training.codecs.config import CodecConfig
from taojin.training.codecs.train import split_places, train_codec
from taojin.training.config import TrainingConfig


def config(num_steps=40, **training):
    settings = {
        "batch_size": 8,
        "validate_every": 20,
        "num_threads": 1,
        "optimiser": "adamw",
        "matrix_learning_rate": 5e-3,
        **training,
    }
    return CodecConfig(
        shape=CodecShape(
            fft_size=160, hop_size=40, levels=(5, 5), width=32, num_blocks=2
        ),
        training=TrainingConfig(num_steps=num_steps, **settings),
        segment_seconds=0.15,
    )


def tones(count=24):
    draw = np.random.default_rng(0)
    clips = []
    for _ in range(count):
        times = np.arange(draw.integers(800, 2400)) / 8000
        wave = np.sin(2 * np.pi * draw.uniform(200, 1500) * times)
        noise = draw.normal(0, 0.02, len(times))
        clips.append((0.3 * wave + noise).astype(np.float32))
    return clips


def weights(trained):
    return [weight.detach().clone() for weight in trained.codec.parameters()]


def equal(one, other):
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_codec_of_tones_learns():
    first, last = (
        train_codec(tones(), config(number, head_learning_rate=5e-3))
        for number in (1, 80)
    )

    before, after = (run.history[-1]["validation_loss"] for run in (first, last))
    assert after < 0.75 * before
    assert not last.codec.training


def test_training_twice_gives_the_same_codec_and_leaves_the_clips():
    clips = tones()
    before = [clip.copy() for clip in clips]

    first, second = (weights(train_codec(clips, config(6))) for _ in range(2))

    assert equal(first, second)
    assert not equal(first, weights(train_codec(clips, config(6, seed=1))))
    for clip, old in zip(clips, before, strict=True):
        np.testing.assert_array_equal(clip, old)


def test_a_run_that_was_stopped_goes_on_to_the_same_codec(tmp_path):
    class StoppedError(Exception):
        pass

    class Sink:
        def log(self, step, _metrics):
            if step == 4:
                raise StoppedError

    clips = tones()
    settings = config(8, log_every=4, checkpoint_every_seconds=0.0)
    whole = train_codec(clips, settings)
    store = DirectoryCheckpointStore(tmp_path)
    with pytest.raises(StoppedError):
        train_codec(clips, settings, store=store, sink=Sink())

    resumed = train_codec(clips, settings, store=store)

    assert equal(weights(whole), weights(resumed))


def test_other_clips_are_another_run(tmp_path):
    store = DirectoryCheckpointStore(tmp_path)
    train_codec(tones(), config(4), store=store)

    other = train_codec(tones(12), config(4), store=store)

    assert equal(weights(other), weights(train_codec(tones(12), config(4))))


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_both_precisions_give_codes_in_range(precision):
    trained = train_codec(tones(), config(3, precision=precision))

    codes = np.concatenate(encode_clips(trained.codec, tones(4)))

    assert 0 <= codes.min() <= codes.max() < 25


@pytest.mark.parametrize(
    ("clips", "named"),
    [
        (tones(1), "1 recordings"),
        ([*tones(3), np.zeros(0, np.float32)], r"\[3\]"),
        ([np.array([np.inf], np.float32), *tones(3)], r"\[0\]"),
    ],
)
def test_what_cannot_be_trained_on_is_refused(clips, named):
    with pytest.raises(DataError, match=named):
        train_codec(clips, config(2))


def test_places_are_divided_once_and_for_good():
    held_out, kept = split_places(40, 0.1, seed=0)

    assert len(held_out) == 4
    assert sorted(held_out + kept) == list(range(40))
    assert split_places(40, 0.1, seed=0) == (held_out, kept)
    assert split_places(2, 0.9, seed=0)[1] != []
