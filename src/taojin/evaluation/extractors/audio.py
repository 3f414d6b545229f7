"""Features of recordings: of their log-mel spectrograms, or of a network over them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from taojin.core.fingerprints import fingerprint_of
from taojin.evaluation.extractors.batching import extract_in_batches, load_network
from taojin.evaluation.features import FeatureTable
from taojin.features.spectrograms import (
    SpectrogramConfig,
    log_mel,
    spectrogram_planes,
)

Recordings = Sequence[NDArray[np.floating]]
"""Each mono, ``[samples]``, at the sample rate of the extractor."""


class LogMelStatistics:
    """Mean, spread and unrest of the loudness in each mel band.

    Three numbers a band: mean and standard deviation over time, and the mean size of
    the change from frame to frame. They hear timbre and noise; the order of what is
    said escapes them.
    """

    def __init__(self, config: SpectrogramConfig | None = None) -> None:
        self.config = config or SpectrogramConfig()
        used = self.config.model_dump(exclude={"num_frames"})
        self.fingerprint = fingerprint_of("log-mel statistics", 1, used)

    def extract(self, items: Recordings) -> FeatureTable:
        """Features of sound; see :class:`~taojin.evaluation.features.FeatureTable`."""

        def compute(recordings: Recordings) -> NDArray[np.float64]:
            return np.stack([self._statistics(samples) for samples in recordings])

        return extract_in_batches(items, compute, self.fingerprint, "audio")

    def _statistics(self, samples: NDArray[np.floating]) -> NDArray[np.float64]:
        picture = log_mel(samples, self.config)
        steps = np.abs(np.diff(picture, axis=1))
        unrest = steps.mean(axis=1) if steps.shape[1] else np.zeros(len(picture))
        return np.concatenate([picture.mean(axis=1), picture.std(axis=1), unrest])


class AudioNetworkExtractor:
    """Features of a classifier of sounds that was trained here.

    Args:
        directory: What :func:`taojin.training.extractors.save_extractor` wrote.

    Raises:
        CorruptArtifactError: If the folder is damaged, or holds no network of sounds.
    """

    def __init__(self, directory: str | Path) -> None:
        self._features, self.config, identity = load_network(
            directory, SpectrogramConfig, "sounds", "recordings"
        )
        self.fingerprint = fingerprint_of("audio network", identity)

    def extract(self, items: Recordings) -> FeatureTable:
        """Features of sound; see :class:`~taojin.evaluation.features.FeatureTable`."""

        def compute(recordings: Recordings) -> NDArray[np.float64]:
            return self._features.of_planes(spectrogram_planes(recordings, self.config))

        return extract_in_batches(items, compute, self.fingerprint, "audio")
