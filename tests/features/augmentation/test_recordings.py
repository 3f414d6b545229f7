import numpy as np
import pytest
from pydantic import ValidationError

from taojin.features.augmentation.recordings import (
    RecordingAugmentationConfig,
    SpectrogramMaskingConfig,
    augment_recording,
    faster,
    louder,
    mask_spectrograms,
    noisy,
    shifted,
)

NAMES = ("speed", "shift", "gain", "masking", "noise")


def tone(hertz=200.0, count=4000, rate=8000, loudness=0.3):
    times = np.arange(count) / rate
    return (loudness * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def only(*names, **settings):
    chances = {f"{name}_probability": float(name in names) for name in NAMES}
    return RecordingAugmentationConfig(**chances, **settings)


def changed(samples, config, seed=0):
    return augment_recording(samples, config, np.random.default_rng(seed))


def power(samples):
    return float(np.square(samples, dtype=np.float64).mean())


@pytest.mark.parametrize("name", NAMES)
def test_each_operation_changes_a_recording_that_is_itself_left(name):
    before = tone()
    kept = before.copy()
    found = changed(before, only(name))

    assert found.dtype == np.float32
    assert len(found) == len(before) or name == "speed"
    assert not np.array_equal(found, before)
    assert np.array_equal(before, kept)


def test_nothing_happens_without_probabilities():
    assert np.array_equal(changed(tone(), only()), tone())


def test_the_same_seed_gives_the_same_recording_and_another_another():
    first, again, other = (changed(tone(), only(*NAMES), seed) for seed in (0, 0, 1))

    assert np.array_equal(first, again)
    assert len(first) != len(other) or not np.array_equal(first, other)


def test_the_generator_goes_on_from_its_state_alone():
    """A checkpoint holds the state, and not how often children were spawned."""
    random = np.random.default_rng(0)
    augment_recording(tone(), only("noise"), random)
    state = random.bit_generator.state
    first = augment_recording(tone(), only("noise"), random)
    restored = np.random.default_rng(5)
    restored.bit_generator.state = state

    assert np.array_equal(augment_recording(tone(), only("noise"), restored), first)


def test_switching_the_shift_off_leaves_the_noise():
    both, alone = (changed(tone(), only(*n)) for n in (("shift", "noise"), ("noise",)))
    moved = changed(tone(), only("shift"))

    np.testing.assert_allclose(np.std(both - moved), np.std(alone - tone()), rtol=0.1)


@pytest.mark.parametrize("factor", [0.8, 1.25])
def test_speed_changes_length_and_pitch_together(factor):
    found = faster(tone(200.0), factor)
    spectrum = np.abs(np.fft.rfft(found))
    pitch = spectrum.argmax() * 8000 / len(found)

    assert len(found) == pytest.approx(4000 / factor, abs=1)
    assert pitch == pytest.approx(200.0 * factor, abs=3.0)


def test_speed_folds_no_tone():
    found = faster(tone(3500.0), 1.5)

    assert power(found[100:-100]) < 0.01 * power(tone())


def test_a_shift_loses_what_leaves_and_brings_silence():
    samples = np.arange(1, 6, dtype=np.float32)

    assert shifted(samples, 2).tolist() == [0, 0, 1, 2, 3]
    assert shifted(samples, -2).tolist() == [3, 4, 5, 0, 0]
    assert shifted(samples, 9).tolist() == [0] * 5


def test_gain_is_in_decibels():
    assert power(louder(tone(loudness=0.1), 6.0)) == pytest.approx(
        power(tone(loudness=0.1)) * 10**0.6, rel=1e-5
    )


def test_gain_clips_nothing():
    assert np.abs(louder(tone(loudness=0.8), 20.0)).max() == pytest.approx(1.0)
    loud = tone(loudness=1.5)
    assert np.array_equal(louder(loud, 20.0), loud)
    assert np.abs(louder(loud, -20.0)).max() == pytest.approx(0.15, abs=1e-3)


@pytest.mark.parametrize("decibels", [-3.0, 10.0, 30.0])
def test_noise_has_the_ratio_that_was_asked_for(decibels):
    samples = tone(count=40_000)
    found = noisy(samples, decibels, np.random.default_rng(0)) - samples

    ratio = 10 * np.log10(power(samples) / power(found))
    assert ratio == pytest.approx(decibels, abs=0.2)


def test_a_masked_span_is_silent_and_no_longer_than_allowed():
    ones = np.ones(1000, dtype=np.float32)
    config = only("masking", masking_most=0.2)
    lengths = []
    for seed in range(50):
        hidden = np.flatnonzero(changed(ones, config, seed) == 0.0)
        lengths.append(len(hidden))
        assert not len(hidden) or hidden[-1] - hidden[0] + 1 == len(hidden)

    assert max(lengths) <= 200
    assert max(lengths) > 150


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(1), np.zeros(100)])
def test_silence_and_nothing_stay_what_they_are(samples):
    found = changed(samples.astype(np.float32), only(*NAMES))

    assert not found.any()
    assert np.isfinite(found).all()


def test_an_interval_of_noise_that_is_the_wrong_way_round_is_refused():
    with pytest.raises(ValidationError, match="noise_lowest_decibels"):
        RecordingAugmentationConfig(noise_lowest_decibels=50.0)


def planes(count=40):
    drawn = np.random.default_rng(0).standard_normal((count, 1, 20, 30))
    return drawn.astype(np.float32)


def masked(config, seed=0):
    return mask_spectrograms(planes(), config, np.random.default_rng(seed))


def test_stripes_are_hidden_in_time_and_in_frequency():
    config = SpectrogramMaskingConfig(time_most=0.2, frequency_most=0.3, ground=9.0)
    hidden = masked(config)[:, 0] == 9.0

    frames, bands = hidden.all(1), hidden.all(2)
    assert np.array_equal(hidden, frames[:, None, :] | bands[:, :, None])
    assert frames.sum(1).max() == 6
    assert bands.sum(1).max() == 6
    assert len(np.unique(hidden, axis=0)) > 30  # each its own
    assert np.array_equal(masked(config)[:, 0][~hidden], planes()[:, 0][~hidden])


def test_the_ground_is_the_mean_of_the_spectrogram_unless_given():
    found = masked(SpectrogramMaskingConfig(num_frequency_masks=0, time_most=1.0))
    changed_places = found != planes()

    for plane, before, where in zip(found, planes(), changed_places, strict=True):
        np.testing.assert_allclose(plane[where], before.mean(), rtol=1e-5, atol=1e-7)


def test_masks_happen_with_their_probability_and_follow_the_seed():
    some = masked(SpectrogramMaskingConfig(probability=0.5, time_most=0.9))
    touched = (some != planes()).any((1, 2, 3)).sum()

    assert 8 <= touched <= 32
    assert np.array_equal(
        some, masked(SpectrogramMaskingConfig(probability=0.5, time_most=0.9))
    )
    assert np.array_equal(masked(SpectrogramMaskingConfig(probability=0.0)), planes())
