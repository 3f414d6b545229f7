"""A generator of words that learns from rewards alone."""

import pytest
import torch

from taojin.models.encoding import end_of_document
from taojin.training.checkpoints import DirectoryCheckpointStore
from taojin.training.metrics import ListSink
from taojin.training.text_adversarial.config import ReinforcedGanConfig
from taojin.training.text_adversarial.drawing import draw_sentences
from taojin.training.text_adversarial.reinforced import train_word_gan
from taojin.training.text_adversarial.vocabulary import word_tokenizer


def _config(make, **settings):
    training = {"adam_betas": (0.5, 0.9), **settings.pop("training", {})}
    return ReinforcedGanConfig(
        **{
            "model": {"depth": 1, "width": 32, "context_length": 12},
            "training": make(**training),
            "generator_learning_rate": 0.003,
            "critic_learning_rate": 0.01,
            "embedding_size": 16,
            "width": 32,
            "max_words": 8,
            **settings,
        }
    )


def _drawn(made, number):
    tokenizer = made.generator.tokenizer
    random = torch.Generator().manual_seed(0)
    edge = end_of_document(tokenizer)
    rows = draw_sentences(made.generator.model, edge, number, 8, random)
    return [tokenizer.decode(row[1:-1]) for row in rows]


def test_a_generator_that_saw_no_sentence_begins_as_real_ones_do(sentences, training):
    def share(steps):
        config = _config(training, training={"num_steps": steps, "batch_size": 64})
        made = train_word_gan(sentences, word_tokenizer(sentences), config)
        return sum(text.startswith("a ") for text in _drawn(made, 400)) / 400

    assert share(1) < 0.2
    assert share(120) > 0.5


def test_real_words_move_the_critic_alone(sentences, training):
    config = _config(training, training={"num_steps": 1})
    tokenizer = word_tokenizer(sentences)
    made = train_word_gan(sentences, tokenizer, config)
    fresh = train_word_gan(sentences[:40], tokenizer, config)
    for name, weight in made.generator.model.state_dict().items():
        assert torch.equal(weight, fresh.generator.model.state_dict()[name]), name


def test_a_game_that_is_killed_goes_on_bit_for_bit(sentences, training, tmp_path):
    class KilledError(Exception):
        pass

    class Killing:
        def log(self, step, _):
            if step >= 5:
                raise KilledError

    def play(**arguments):
        steps = {"num_steps": 12, "checkpoint_every_seconds": 0.0, "log_every": 1}
        config = _config(training, training={**steps, "batch_size": 16})
        return train_word_gan(sentences, word_tokenizer(sentences), config, **arguments)

    whole = play()
    store = DirectoryCheckpointStore(tmp_path)
    with pytest.raises(KilledError):
        play(store=store, sink=Killing())
    again = play(store=store)
    for name, weight in whole.generator.model.state_dict().items():
        assert torch.equal(weight, again.generator.model.state_dict()[name]), name


def test_reward_and_entropy_are_reported(sentences, training):
    sink = ListSink()
    config = _config(training, training={"num_steps": 4, "log_every": 1})
    train_word_gan(sentences, word_tokenizer(sentences), config, sink=sink)
    rows = [row for row in sink.rows if "train_reward" in row]
    assert all(-1.0 <= row["train_reward"] <= 1.0 for row in rows)
    assert any(row["train_entropy"] > 2.0 for row in rows)
    assert "train_real_share" in sink.rows[0]
