import numpy as np
import pytest
import torch

from taojin.core.errors import ConfigurationError, DataError
from taojin.features.augmentation.recordings import RecordingAugmentationConfig
from taojin.models.codecs.clips import encode_clips
from taojin.models.codecs.network import Codec
from taojin.models.codecs.shape import CodecShape
from taojin.models.config import LanguageModelConfig
from taojin.training.audio_generation.config import AudioGenerationConfig
from taojin.training.audio_generation.train import (
    CodedClip,
    collate_coded,
    encode_variants,
    train_audio_generator,
)
from taojin.training.checkpoints import DirectoryCheckpointStore
from taojin.training.config import TrainingConfig
from taojin.training.objectives import IGNORED


@pytest.fixture(scope="module")
def codec():
    torch.manual_seed(0)
    shape = CodecShape(
        fft_size=80, hop_size=20, levels=(4, 3), width=16, num_blocks=2, kernel_size=3
    )
    return Codec(shape).eval()


def config(num_steps=20, **settings):
    training = {"batch_size": 8, "validate_every": 10, "num_threads": 1}
    training |= settings.pop("training", {})
    return AudioGenerationConfig(
        model=settings.pop(
            "model", LanguageModelConfig(depth=1, width=32, context_length=64)
        ),
        training=TrainingConfig(num_steps=num_steps, **training),
        validation_fraction=0.2,
        **settings,
    )


def sounds(count=20):
    """Tones that are high or low, by one of two speakers: loud or soft."""
    draw = np.random.default_rng(0)
    clips, labels, speakers = [], [], []
    for place in range(count):
        times = np.arange(draw.integers(200, 500)) / 8000
        hertz = (300.0, 1500.0)[place % 2] * draw.uniform(0.9, 1.1)
        loudness = (0.05, 0.5)[place // 2 % 2]
        clips.append((loudness * np.sin(2 * np.pi * hertz * times)).astype(np.float32))
        labels.append(("low", "high")[place % 2])
        speakers.append(("soft", "loud")[place // 2 % 2])
    return clips, labels, speakers


def weights(trained):
    return [w.detach().clone() for w in trained.generator.language_model.parameters()]


def equal(one, other):
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_language_model_learns_what_codes_follow(codec):
    trained = train_audio_generator(codec, *sounds(), config(60))

    losses = [
        row["validation_loss"] for row in trained.history if row["validation_loss"]
    ]
    assert losses[-1] < 0.8 * losses[0]
    layout = trained.generator.layout
    assert layout.labels == ("high", "low")
    assert layout.speakers == ("loud", "soft")
    assert trained.generator.language_model.shape.vocab_size == layout.vocab_size
    assert trained.generator.codec is codec
    assert not trained.generator.language_model.training


def test_sounds_without_speakers_are_trained_on(codec):
    clips, labels, _ = sounds()

    trained = train_audio_generator(codec, clips, labels, None, config(2))

    assert trained.generator.layout.speakers == ()


def test_training_twice_gives_the_same_model_and_leaves_codec_and_clips(codec):
    clips, labels, speakers = sounds()
    before = [clip.copy() for clip in clips], codec.state_dict()["speak.bias"].clone()
    settings = config(6, num_variants=2, noise_share=0.2, open_share=0.3)

    first, second = (
        weights(train_audio_generator(codec, clips, labels, speakers, settings))
        for _ in range(2)
    )

    assert equal(first, second)
    assert torch.equal(codec.state_dict()["speak.bias"], before[1])
    for clip, old in zip(clips, before[0], strict=True):
        np.testing.assert_array_equal(clip, old)


def test_a_run_that_was_stopped_goes_on_to_the_same_model(codec, tmp_path):
    class StoppedError(Exception):
        pass

    class Sink:
        def log(self, step, _metrics):
            if step == 5:
                raise StoppedError

    training = {"log_every": 5, "checkpoint_every_seconds": 0.0}
    settings = config(10, training=training, noise_share=0.2, open_share=0.3)
    whole = train_audio_generator(codec, *sounds(), settings)
    store = DirectoryCheckpointStore(tmp_path)
    with pytest.raises(StoppedError):
        train_audio_generator(codec, *sounds(), settings, store=store, sink=Sink())

    resumed = train_audio_generator(codec, *sounds(), settings, store=store)

    assert equal(weights(whole), weights(resumed))


def test_variants_differ_and_the_first_is_the_clip_itself(codec):
    clips, _, _ = sounds(6)
    settings = config(
        num_variants=3, changes=RecordingAugmentationConfig(noise_probability=1.0)
    )

    variants = encode_variants(codec, clips, settings, unchanged=[2])

    assert [len(some) for some in variants] == [3, 3, 1, 3, 3, 3]
    for some, codes in zip(variants, encode_clips(codec, clips), strict=True):
        np.testing.assert_array_equal(some[0], codes)
    assert any(not np.array_equal(some[0], some[-1]) for some in variants)
    again = encode_variants(codec, clips, settings, unchanged=[2])
    for some, same in zip(variants, again, strict=True):
        assert all(map(np.array_equal, some, same))


def test_prefix_and_padding_are_no_targets():
    batch = collate_coded([CodedClip([2, 4, 7, 9, 0]), CodedClip([3, 5, 8, 0])])

    assert batch.inputs.tolist() == [[2, 4, 7, 9], [3, 5, 8, 0]]
    assert batch.targets.tolist() == [[IGNORED, 7, 9, 0], [IGNORED, 8, 0, IGNORED]]


def test_a_context_too_short_for_the_longest_clip_is_refused(codec):
    small = LanguageModelConfig(depth=1, width=32, context_length=8)

    with pytest.raises(ConfigurationError, match="context_length is 8"):
        train_audio_generator(codec, *sounds(), config(model=small))


def test_unequal_numbers_are_refused(codec):
    clips, labels, speakers = sounds()

    with pytest.raises(DataError, match="20 recordings, 19 labels and 20 speakers"):
        train_audio_generator(codec, clips, labels[1:], speakers, config())
    with pytest.raises(DataError, match="20 recordings, 20 labels and 19 speakers"):
        train_audio_generator(codec, clips, labels, speakers[1:], config())
    with pytest.raises(DataError, match="give it two"):
        train_audio_generator(codec, clips[:1], labels[:1], speakers[:1], config())
