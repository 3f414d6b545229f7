import numpy as np
import pytest
import torch

from taojin.core.errors import CorruptArtifactError
from taojin.evaluation.extractors.audio import AudioNetworkExtractor, LogMelStatistics
from taojin.features.spectrograms import SpectrogramConfig, log_mel
from taojin.models.image_network import (
    ImageNetwork,
    ImageNetworkShape,
    save_image_network,
)

CONFIG = SpectrogramConfig(
    sample_rate=8000, fft_size=256, window_size=200, hop_size=80, num_bands=16,
    num_frames=16,
)  # fmt: skip


def sounds(count=70):
    draw = np.random.default_rng(0)
    times = np.arange(1200) / 8000
    return [
        np.sin(2 * np.pi * draw.uniform(200, 3000) * times[: draw.integers(1, 1200)])
        for _ in range(count)
    ]


def network_extractor(folder):
    torch.manual_seed(0)
    shape = ImageNetworkShape(
        num_channels=1, height=16, width=16, widths=(4, 8), labels=("a", "b")
    )
    save_image_network(ImageNetwork(shape), folder, CONFIG.model_dump(mode="json"))
    return AudioNetworkExtractor(folder)


@pytest.fixture(params=["network", "statistics"])
def extractor(request, tmp_path):
    if request.param == "network":
        return network_extractor(tmp_path / "n")
    return LogMelStatistics(CONFIG)


def test_features_depend_on_the_recording_alone(extractor):
    items = sounds()

    whole = extractor.extract(items).values
    back = extractor.extract(items[::-1]).values
    alone = np.concatenate([extractor.extract([item]).values for item in items[:5]])

    np.testing.assert_allclose(back[::-1], whole, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(alone, whole[:5], rtol=1e-12, atol=1e-12)


def test_more_noise_moves_features_farther(extractor):
    items = sounds(20)
    draw = np.random.default_rng(0)
    noise = [draw.normal(0, 1, len(item)) for item in items]
    clean = extractor.extract(items).values
    moved = []
    for strength in (0.01, 0.03, 0.1, 0.3, 1.0):
        noisy = [item + strength * own for item, own in zip(items, noise, strict=True)]
        rows = extractor.extract(noisy).values
        moved.append(np.linalg.norm(rows - clean, axis=1).mean())

    assert moved == sorted(moved)


def test_statistics_are_mean_spread_and_unrest_of_each_band():
    item = sounds(1)[0]

    row = LogMelStatistics(CONFIG).extract([item]).values[0]

    picture = log_mel(item, CONFIG)
    np.testing.assert_allclose(row[:16], picture.mean(axis=1))
    np.testing.assert_allclose(row[16:32], picture.std(axis=1))
    np.testing.assert_allclose(row[32:], np.abs(np.diff(picture, axis=1)).mean(axis=1))


def test_a_single_sample_has_features(extractor):
    assert np.isfinite(extractor.extract([np.zeros(1)]).values).all()


def test_the_fingerprint_of_statistics_ignores_what_they_do_not_read():
    longer = CONFIG.model_copy(update={"num_frames": 99})
    other = CONFIG.model_copy(update={"hop_size": 40})

    names = [LogMelStatistics(config).fingerprint for config in (CONFIG, longer, other)]

    assert names[0] == names[1] != names[2]


def test_a_network_of_images_is_refused(tmp_path):
    shape = ImageNetworkShape(num_channels=1, height=8, width=8, labels=("a", "b"))
    save_image_network(ImageNetwork(shape), tmp_path / "n", {"height": 8, "width": 8})

    with pytest.raises(CorruptArtifactError, match="no network of sounds"):
        AudioNetworkExtractor(tmp_path / "n")
