import pytest
import torch

from taojin.models.attention import KeyValueCache
from taojin.models.config import LanguageModelConfig
from taojin.models.decoder import Decoder

SHAPE = LanguageModelConfig(depth=2, width=32, context_length=16).shape(vocab_size=50)


def _decoder():
    torch.manual_seed(0)
    decoder = Decoder(SHAPE).eval()
    for parameter in decoder.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return decoder


def test_a_token_sees_what_came_before_and_nothing_after():
    decoder = _decoder()
    tokens = torch.randint(50, (1, 10))
    changed = tokens.clone()
    changed[0, 6] = (changed[0, 6] + 1) % 50

    before, after = decoder(tokens), decoder(changed)

    torch.testing.assert_close(before[:, :6], after[:, :6])
    assert (before[:, 6:] - after[:, 6:]).abs().amax(-1).min() > 1e-4


def test_the_order_of_tokens_matters():
    decoder = _decoder()

    one = decoder(torch.tensor([[1, 2, 3]]))[0, -1]
    other = decoder(torch.tensor([[2, 1, 3]]))[0, -1]

    assert (one - other).abs().max() > 1e-3


def test_a_new_block_is_the_identity():
    torch.manual_seed(0)
    decoder = Decoder(SHAPE)
    tokens = torch.tensor([[3, 1, 4]])

    expected = decoder.norm(decoder.embed_tokens(tokens))

    torch.testing.assert_close(decoder(tokens), expected)


def test_every_weight_of_a_trained_decoder_gets_a_gradient():
    decoder = _decoder()

    decoder(torch.arange(12)[None]).square().mean().backward()

    idle = [
        name
        for name, parameter in decoder.named_parameters()
        if parameter.grad is None or parameter.grad.abs().max() == 0
    ]
    assert idle == []


def test_reading_through_the_cache_equals_reading_at_once():
    decoder = _decoder()
    tokens = torch.randint(50, (3, 12))
    cache = KeyValueCache(SHAPE, 3, 12, decoder.embed_tokens.weight)

    parts = []
    for start, stop in [(0, 5), (5, 6), (6, 12)]:
        positions = torch.arange(start, stop).expand(3, -1)
        parts.append(decoder(tokens[:, start:stop], positions, cache))

    torch.testing.assert_close(
        torch.cat(parts, dim=1), decoder(tokens), rtol=1e-4, atol=1e-5
    )


def test_more_tokens_than_the_context_are_refused():
    with pytest.raises(ValueError, match="17 tokens exceed the context of 16"):
        _decoder()(torch.zeros(1, 17, dtype=torch.int64))
