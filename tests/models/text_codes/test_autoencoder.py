"""Codes lie on a sphere, and the decoder goes on from where it was."""

import pytest
import torch

from taojin.models.text_codes.autoencoder import TextAutoencoder
from taojin.models.text_codes.perceptrons import CodeDiscriminator, CodeGenerator
from taojin.models.text_codes.shapes import PerceptronShape, TextCodeShape

SHAPE = TextCodeShape(vocab_size=9, code_size=6, embedding_size=5, width=7)


@pytest.fixture
def model():
    torch.manual_seed(0)
    return TextAutoencoder(SHAPE).eval()


def test_codes_have_one_length(model):
    codes = model.encode(torch.randint(0, 9, (4, 5)), torch.tensor([5, 1, 3, 2]))
    assert codes.norm(dim=1).tolist() == pytest.approx([6**0.5] * 4, abs=1e-4)


def test_padding_does_not_change_a_code(model):
    tokens = torch.tensor([[1, 2, 3, 4], [1, 2, 8, 8]])
    padded = model.encode(tokens, torch.tensor([4, 2]))[1]
    alone = model.encode(tokens[1:, :2], torch.tensor([2]))[0]
    assert torch.allclose(padded, alone, atol=1e-6)


def test_a_word_at_a_time_gives_what_all_at_once_gives(model):
    codes, tokens = torch.randn(3, 6), torch.randint(0, 9, (3, 4))
    together = model.decode(codes, tokens)
    before, found = None, []
    for place in range(4):
        states, before = model.states(codes, tokens[:, place : place + 1], before)
        found.append(model.next_logits(states))
    assert torch.allclose(torch.stack(found, 1), together, atol=1e-6)


def test_the_decoder_sees_no_word_of_the_future(model):
    codes, tokens = torch.randn(1, 6), torch.tensor([[1, 2, 3, 4]])
    other = torch.tensor([[1, 2, 5, 6]])
    logits = [model.decode(codes, some)[:, :2] for some in (tokens, other)]
    assert torch.equal(*logits)


def test_made_codes_lie_on_the_same_sphere():
    shape = PerceptronShape(code_size=6, latent_size=3, width=8)
    codes = CodeGenerator(shape)(torch.randn(5, 3))
    assert codes.norm(dim=1).tolist() == pytest.approx([6**0.5] * 5, abs=1e-4)
    assert CodeDiscriminator(shape)(codes).shape == (5,)
