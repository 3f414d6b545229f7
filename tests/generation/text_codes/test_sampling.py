"""Sentences are read from codes."""

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers

from taojin.generation.text_codes.sampling import (
    TextCodeSamplingConfig,
    decode_codes,
    path_between,
    sample_codes,
    sample_sentences,
)
from taojin.models.encoding import END_OF_DOCUMENT
from taojin.models.text_codes.autoencoder import TextAutoencoder
from taojin.models.text_codes.perceptrons import CodeGenerator
from taojin.models.text_codes.shapes import PerceptronShape, TextCodeShape
from taojin.models.text_codes.storage import TextCodec


@pytest.fixture
def codec():
    torch.manual_seed(0)
    words = {END_OF_DOCUMENT: 0, **{f"w{n}": n for n in range(1, 20)}}
    tokenizer = Tokenizer(models.WordLevel(words))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    shape = TextCodeShape(vocab_size=20, code_size=8, embedding_size=6, width=7)
    model = TextAutoencoder(shape).eval()
    with torch.no_grad():  # untrained words are all alike
        model.embedding.weight.mul_(30.0)
    return TextCodec(model, tokenizer)


@pytest.fixture
def generator():
    torch.manual_seed(1)
    return CodeGenerator(PerceptronShape(code_size=8, latent_size=4, width=16))


def test_a_sentence_depends_on_its_code_alone(codec, generator):
    codes = sample_codes(generator, 6)
    settings = TextCodeSamplingConfig(max_words=5)
    together = decode_codes(codec, codes, settings)
    assert together == [decode_codes(codec, code[None], settings)[0] for code in codes]
    assert all(len(text.split()) <= 5 for text in together)


def test_a_temperature_varies_the_words_of_one_code(codec, generator):
    codes = sample_codes(generator, 1).expand(40, -1)
    settings = TextCodeSamplingConfig(max_words=5, temperature=1.0)
    texts = decode_codes(codec, codes, settings)
    assert len(set(texts)) > 5
    assert texts == decode_codes(codec, codes, settings)
    assert len(set(decode_codes(codec, codes, TextCodeSamplingConfig()))) == 1


def test_the_first_codes_do_not_depend_on_how_many_there_are(generator):
    few, many = sample_codes(generator, 2), sample_codes(generator, 5)
    assert torch.allclose(few, many[:2], atol=1e-6)
    assert not torch.allclose(few, sample_codes(generator, 2, seed=1))


def test_as_many_sentences_come_as_are_wanted(codec, generator):
    texts = sample_sentences(generator, codec, 7, TextCodeSamplingConfig(max_words=3))
    assert len(texts) == 7


def test_a_path_keeps_its_ends_and_its_steps_are_equal(generator):
    first, last = sample_codes(generator, 2)
    path = path_between(first, last, 5)
    assert torch.allclose(path[0], first, atol=1e-4)
    assert torch.allclose(path[-1], last, atol=1e-4)
    steps = path.diff(dim=0).norm(dim=1)
    assert steps.tolist() == pytest.approx([steps.mean().item()] * 4, rel=1e-3)


def test_a_path_from_a_code_to_itself_stays_there(generator):
    code = sample_codes(generator, 1)[0]
    assert torch.allclose(path_between(code, code, 3), code.expand(3, -1), atol=1e-3)
