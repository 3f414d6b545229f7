"""A tiny language of sentences: a determiner, a noun, a verb that agrees, a full stop."""

import pytest
import torch

from taojin.core.randomness import generator
from taojin.models.config import LanguageModelConfig
from taojin.training.config import TrainingConfig
from taojin.training.text_adversarial.config import SentenceModelConfig
from taojin.training.text_adversarial.likelihood import train_sentence_model
from taojin.training.text_adversarial.vocabulary import word_tokenizer

NOUNS = ("cat", "dog", "bird", "horse")
VERBS = ("runs", "sings", "sleeps")


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def sentences():
    """Real sentences; the same noun opens and closes them, which takes memory."""
    random = generator(0, "sentences")
    made = []
    for _ in range(300):
        noun, verb = random.choice(NOUNS), random.choice(VERBS)
        made.append(f"a {noun} {verb} near the {noun} .")
    return made


@pytest.fixture
def training():
    """Settings of a training of a few steps."""

    def make(**settings):
        base = {"num_steps": 20, "batch_size": 32, "validate_every": 10}
        return TrainingConfig(**{**base, "log_every": 10, **settings})

    return make


@pytest.fixture
def sentence_model(sentences, training):
    """A language model that maximum likelihood has trained a little."""
    config = SentenceModelConfig(
        model=LanguageModelConfig(depth=1, width=32, context_length=12),
        training=training(num_steps=30),
    )
    return train_sentence_model(
        sentences[50:], sentences[:50], word_tokenizer(sentences), config
    )
