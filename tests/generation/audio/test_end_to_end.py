import numpy as np
import pytest

from taojin.generation.audio.config import AudioSamplingConfig
from taojin.generation.audio.sampling import generate_clips, wishes_for
from taojin.models.codecs.audio_generator import (
    load_audio_generator,
    save_audio_generator,
)
from taojin.models.codecs.shape import CodecShape
from taojin.models.config import LanguageModelConfig
from taojin.training.audio_generation.config import AudioGenerationConfig
from taojin.training.audio_generation.train import train_audio_generator
from taojin.training.codecs.config import CodecConfig
from taojin.training.codecs.train import train_codec
from taojin.training.config import TrainingConfig

BANDS = {"low": (250.0, 450.0), "high": (1500.0, 2500.0)}


def noises(count=120):
    """Hiss of low or of high pitch; one speaker makes short ones, one long ones."""
    draw = np.random.default_rng(0)
    clips, labels, speakers = [], [], []
    for place in range(count):
        label = ("low", "high")[place % 2]
        speaker = ("brief", "slow")[place // 2 % 2]
        size = int({"brief": 600, "slow": 1500}[speaker] * draw.uniform(0.8, 1.2))
        spectrum = np.fft.rfft(draw.normal(size=size))
        hertz = np.fft.rfftfreq(size, 1 / 8000)
        low, high = BANDS[label]
        spectrum[(hertz < low) | (hertz > high)] = 0.0
        clip = np.fft.irfft(spectrum, n=size)
        clips.append((0.2 * clip / clip.std()).clip(-1, 1).astype(np.float32))
        labels.append(label)
        speakers.append(speaker)
    return clips, labels, speakers


def pitch(samples):
    """Mean frequency by power, in hertz."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    return float((power * np.fft.rfftfreq(len(samples), 1 / 8000)).sum() / power.sum())


def training(num_steps, rate):
    return TrainingConfig(
        num_steps=num_steps,
        batch_size=16,
        validate_every=50,
        num_threads=1,
        head_learning_rate=rate,
    )


@pytest.mark.slow
def test_generated_sounds_have_the_pitch_of_their_label_and_the_length_of_their_speaker(
    tmp_path,
):
    clips, labels, speakers = noises()
    shape = CodecShape(
        fft_size=160,
        hop_size=40,
        levels=(5, 5),
        width=48,
        num_blocks=2,
        num_codebooks=1,
    )
    codec = train_codec(
        clips,
        CodecConfig(shape=shape, training=training(150, 5e-3), segment_seconds=0.1),
    ).codec
    trained = train_audio_generator(
        codec,
        clips,
        labels,
        speakers,
        AudioGenerationConfig(
            model=LanguageModelConfig(depth=1, width=64, context_length=64),
            training=training(150, 5e-3),
        ),
    )
    save_audio_generator(trained.generator, tmp_path / "g")
    model = load_audio_generator(tmp_path / "g")

    made = generate_clips(
        model,
        wishes_for(("low", "high"), ("brief", "slow"), 8),
        AudioSamplingConfig(guidance=1.5, num_threads=1),
    )

    pitches = {
        label: np.median([pitch(c.samples) for c in made if c.wish.label == label])
        for label in BANDS
    }
    lengths = {
        name: np.median([len(c.samples) for c in made if c.wish.speaker == name])
        for name in ("brief", "slow")
    }
    assert pitches["low"] < 900.0 < pitches["high"]
    assert lengths["brief"] < 1000 < lengths["slow"]
    assert np.mean([clip.finished for clip in made]) > 0.9
