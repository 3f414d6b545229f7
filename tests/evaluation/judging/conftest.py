"""Texts of a small language, and tiny models."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from taojin.models.bases import Base
from taojin.models.config import LanguageModelConfig
from taojin.models.encoding import document_edges
from taojin.models.language_model import LanguageModel
from taojin.models.threads import thread_limit

SYLLABLES = ["ka", "ro", "mi", "lu", "te", "sho", "van", "bel", "金", "河"]


@pytest.fixture(autouse=True)
def _one_thread():
    """Tiny models are slower with more, on a busy machine by far."""
    with thread_limit(1):
        yield


@pytest.fixture(scope="session")
def write_texts() -> Callable[..., list[str]]:
    """Write texts of a small language, each word of which is often followed by one."""

    def write(number: int, seed: int, noise: float = 0.0, words: int = 40) -> list[str]:
        language, draw = np.random.default_rng(0), np.random.default_rng(seed)
        vocabulary = ["".join(language.choice(SYLLABLES, 3)) for _ in range(60)]
        following = language.permutation(60)
        texts = []
        for _ in range(number):
            word = int(draw.integers(60))
            text = []
            for _ in range(words):
                strange = "".join(draw.choice(list("qxzjwy"), 6))
                text.append(strange if draw.random() < noise else vocabulary[word])
                is_usual = draw.random() < 0.7
                word = int(following[word] if is_usual else draw.integers(60))
            texts.append(" ".join(text))
        return texts

    return write


@pytest.fixture(scope="session")
def base(byte_tokenizer) -> Base:
    torch.manual_seed(0)
    config = LanguageModelConfig(depth=1, width=32, context_length=64)
    model = LanguageModel(config.shape(257)).eval()
    for weight in model.parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=0.1)
    return Base(model, byte_tokenizer, document_edges(byte_tokenizer))
