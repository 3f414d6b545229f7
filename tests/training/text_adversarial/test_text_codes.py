"""Sentences become codes, from which they are read again."""

import torch

from taojin.generation.text_codes.sampling import (
    TextCodeSamplingConfig,
    decode_codes,
    path_between,
)
from taojin.models.text_codes.autoencoder import on_sphere
from taojin.training.text_adversarial.config import TextAutoencoderConfig
from taojin.training.text_adversarial.text_codes import (
    encode_texts,
    train_text_autoencoder,
)
from taojin.training.text_adversarial.vocabulary import word_tokenizer


def _trained(sentences, training, num_steps=240, **settings):
    config = TextAutoencoderConfig(
        **{
            "training": training(
                num_steps=num_steps, head_learning_rate=0.02, validate_every=80
            ),
            "code_size": 16,
            "embedding_size": 16,
            "width": 32,
            "max_words": 8,
            "word_dropout": 0.1,
            "code_noise": 0.2,
            **settings,
        }
    )
    tokenizer = word_tokenizer(sentences)
    return train_text_autoencoder(sentences[50:], sentences[:50], tokenizer, config)


def test_a_trained_autoencoder_reads_sentences_back_from_their_codes(
    sentences, training
):
    codec = _trained(sentences, training).codec
    some = sorted(set(sentences))
    settings = TextCodeSamplingConfig(max_words=8)
    codes = encode_texts(codec, some)
    assert decode_codes(codec, codes, settings) == some

    random = torch.Generator().manual_seed(0)
    near = on_sphere(codes + 0.2 * torch.randn(codes.shape, generator=random))
    back = decode_codes(codec, near, settings)
    assert sum(map(str.__eq__, back, some)) >= 0.8 * len(some)

    path = path_between(codes[0], codes[-1], 7)
    texts = decode_codes(codec, path, settings)
    assert [texts[0], texts[-1]] == [some[0], some[-1]]
    assert torch.allclose(path.norm(dim=1), codes[0].norm().expand(7), atol=1e-4)


def test_the_code_of_a_sentence_does_not_depend_on_its_batch(sentences, training):
    codec = _trained(sentences, training, num_steps=2).codec
    some = ["a cat runs near the cat .", "a dog"]
    together = encode_texts(codec, some)
    alone = torch.cat([encode_texts(codec, [text]) for text in some])
    assert torch.allclose(together, alone, atol=1e-5)


def test_the_same_seed_gives_the_same_weights(sentences, training):
    first, second = (_trained(sentences, training, 3).codec.model for _ in range(2))
    for name, weight in first.state_dict().items():
        assert torch.equal(weight, second.state_dict()[name]), name
