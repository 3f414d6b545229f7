"""Two perceptrons play over codes of sentences."""

import pytest
import torch
from tokenizers import Tokenizer

from taojin.core.errors import EmptyStageError
from taojin.generation.text_codes.sampling import (
    TextCodeSamplingConfig,
    sample_codes,
    sample_sentences,
)
from taojin.models.text_codes.autoencoder import TextAutoencoder
from taojin.models.text_codes.shapes import PerceptronShape, TextCodeShape
from taojin.models.text_codes.storage import TextCodec, new_players
from taojin.training.checkpoints import DirectoryCheckpointStore
from taojin.training.text_adversarial.code_game import CodeGame, train_code_gan
from taojin.training.text_adversarial.config import (
    CodeGanConfig,
    TextAutoencoderConfig,
)
from taojin.training.text_adversarial.text_codes import (
    encode_texts,
    train_text_autoencoder,
)
from taojin.training.text_adversarial.vocabulary import word_tokenizer


@pytest.fixture
def codec(sentences, training):
    config = TextAutoencoderConfig(
        training=training(num_steps=100, head_learning_rate=0.01, validate_every=50),
        code_size=16,
        embedding_size=16,
        width=32,
        max_words=8,
        word_dropout=0.1,
    )
    tokenizer = word_tokenizer(sentences)
    trained = train_text_autoencoder(sentences[50:], sentences[:50], tokenizer, config)
    return trained.codec


def _config(training, **settings):
    settings = {"num_steps": 400, "adam_betas": (0.5, 0.9), **settings}
    return CodeGanConfig(
        training=training(**settings), width=64, latent_size=8, learning_rate=0.002
    )


def test_made_codes_come_nearer_to_real_ones_and_decode_to_text(
    codec, sentences, training
):
    real = encode_texts(codec, sorted(set(sentences)))

    def distance(steps):
        config = _config(training, num_steps=steps)
        made = train_code_gan(codec, sentences, config).players.generator
        return torch.cdist(sample_codes(made, 200), real).amin(1).mean(), made

    far, _ = distance(2)
    near, generator = distance(400)
    assert near < 0.6 * far
    texts = sample_sentences(generator, codec, 50, TextCodeSamplingConfig(max_words=8))
    assert len(texts) == 50
    assert len(set(texts)) > 3
    assert sum(text.endswith(".") for text in texts) > 25


def test_the_settings_of_the_textbook_are_the_defaults(training):
    config = CodeGanConfig(training=training())
    players = new_players(PerceptronShape())
    widths = [
        tuple(layer.weight.shape)
        for part in (players.generator, players.discriminator)
        for layer in part.layers
        if isinstance(layer, torch.nn.Linear)
    ]
    assert widths == [
        (256, 64),
        (256, 256),
        (128, 256),
        (256, 128),
        (256, 256),
        (1, 256),
    ]
    assert (config.learning_rate, config.width) == (2e-4, 256)


def test_the_discriminator_minimises_binary_cross_entropy(training):
    config = CodeGanConfig(training=training(), latent_size=4, code_noise=0.0)
    players = new_players(PerceptronShape(code_size=8, latent_size=4, width=16))
    codes = torch.randn(5, 8)
    torch.manual_seed(1)
    found = CodeGame(players, config).discriminator_loss(codes)
    torch.manual_seed(1)
    made = players.generator(torch.randn(5, 4))
    scores = torch.cat([players.discriminator(codes), players.discriminator(made)])
    labels = torch.tensor([1.0] * 5 + [0.0] * 5)
    wanted = torch.nn.functional.binary_cross_entropy_with_logits(
        scores, labels, reduction="sum"
    )
    assert found.total.item() == pytest.approx(wanted.item(), rel=1e-5)
    assert found.num_units == 5


def test_a_game_that_is_killed_goes_on_bit_for_bit(
    codec, sentences, training, tmp_path
):
    class KilledError(Exception):
        pass

    class Killing:
        def log(self, step, _):
            if step >= 7:
                raise KilledError

    def play(**arguments):
        config = _config(
            training, num_steps=20, checkpoint_every_seconds=0.0, log_every=1
        )
        return train_code_gan(codec, sentences, config, **arguments).players

    whole = play()
    store = DirectoryCheckpointStore(tmp_path)
    with pytest.raises(KilledError):
        play(store=store, sink=Killing())
    again = play(store=store)
    for name, weight in whole.generator.state_dict().items():
        assert torch.equal(weight, again.generator.state_dict()[name]), name


def test_no_sentence_is_refused(training):
    shape = TextCodeShape(vocab_size=5, code_size=4, embedding_size=4, width=4)
    codec = TextCodec(
        TextAutoencoder(shape), Tokenizer.from_str(word_tokenizer(["a cat ."]))
    )
    with pytest.raises(EmptyStageError, match="no sentence"):
        train_code_gan(codec, [], _config(training))
