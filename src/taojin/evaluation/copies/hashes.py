"""Perceptual hashes of recordings: those of the pictures of their sound."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from taojin.core.fingerprints import fingerprint_of
from taojin.core.progress import track
from taojin.features.spectrograms import SpectrogramConfig, log_mel
from taojin.media.hashes import HashKind, HashTable, hash_pictures
from taojin.media.images import pillow


def hash_recordings(
    recordings: Iterable[NDArray[np.floating]],
    config: SpectrogramConfig | None = None,
    kind: HashKind = "frequency",
) -> HashTable:
    """Hash recordings by the pictures of their log-mel spectrograms.

    The whole length is one picture, and its loudest place is white: a change of
    loudness leaves the hash alone, one of speed nearly so.

    Args:
        recordings: Mono, at ``config.sample_rate``.
        config: Of the spectrogram.
        kind: Of the hash.

    Raises:
        ConfigurationError: If the extra ``image`` is not installed.
    """
    config = config or SpectrogramConfig()
    library = pillow()
    pictures = (
        library.fromarray(_grey(log_mel(samples, config)))
        for samples in track(recordings, "hashing")
    )
    used = config.model_dump(exclude={"num_frames"})
    return hash_pictures(pictures, kind, fingerprint_of("recording hash", kind, used))


def _grey(picture: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The loudest is 255, and 80 dB below it is 0."""
    depth = 8.0 * np.log(10.0)
    relative = np.clip((picture - picture.max()) / depth + 1.0, 0.0, 1.0)
    return np.rint(255.0 * relative).astype(np.uint8)
