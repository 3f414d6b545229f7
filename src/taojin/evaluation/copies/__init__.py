"""Whether generated images and sounds are copies of those a model was trained on."""

from taojin.evaluation.copies.config import CopyConfig, HashConfig
from taojin.evaluation.copies.duplicates import (
    score_repetitions,
    score_training_duplicates,
)
from taojin.evaluation.copies.hashes import hash_recordings
from taojin.evaluation.copies.nearness import CopyPair, CopyReport, measure_copies
from taojin.media.hashes import HashTable, hash_images

__all__ = [
    "CopyConfig",
    "CopyPair",
    "CopyReport",
    "HashConfig",
    "HashTable",
    "hash_images",
    "hash_recordings",
    "measure_copies",
    "score_repetitions",
    "score_training_duplicates",
]
