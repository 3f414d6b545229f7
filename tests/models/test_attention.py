import torch

from taojin.models.attention import (
    Attention,
    KeyValueCache,
    RotaryPositions,
    rotate,
)
from taojin.models.config import LanguageModelConfig

SHAPE = LanguageModelConfig(
    depth=2, width=32, num_heads=4, num_key_value_heads=2, head_width=8
).shape(vocab_size=10)


def _rotation(positions):
    return RotaryPositions(SHAPE)(torch.tensor([positions]))


def test_rotation_keeps_lengths():
    states = torch.randn(1, 4, 5, 8)

    turned = rotate(states, _rotation([0, 1, 2, 50, 200]))

    torch.testing.assert_close(turned.norm(dim=-1), states.norm(dim=-1))


def test_position_zero_is_not_rotated():
    states = torch.randn(1, 4, 1, 8)

    torch.testing.assert_close(rotate(states, _rotation([0])), states)


def test_products_depend_on_the_distance_alone():
    query, key = torch.randn(2, 1, 1, 1, 8)

    def product(at_query, at_key):
        turned_query = rotate(query, _rotation([at_query]))
        return (turned_query * rotate(key, _rotation([at_key]))).sum()

    torch.testing.assert_close(product(9, 4), product(105, 100))
    assert not torch.isclose(product(9, 4), product(9, 5))


def test_attention_equals_its_formula():
    torch.manual_seed(0)
    attention = Attention(SHAPE, layer=0)
    states = torch.randn(2, 6, 32)
    rotation = _rotation(list(range(6)))

    def heads(projected):
        return projected.unflatten(-1, (-1, 8)).transpose(1, 2)

    def normalised(x):
        return x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt()

    queries = rotate(normalised(heads(attention.q_proj(states))), rotation)
    keys = rotate(normalised(heads(attention.k_proj(states))), rotation)
    keys = keys.repeat_interleave(2, dim=1)
    values = heads(attention.v_proj(states)).repeat_interleave(2, dim=1)
    scores = queries @ keys.mT / 8**0.5
    hidden = torch.ones(6, 6, dtype=torch.bool).triu(1)
    weights = scores.masked_fill(hidden, -torch.inf).softmax(-1)
    expected = attention.o_proj((weights @ values).transpose(1, 2).flatten(2))

    torch.testing.assert_close(attention(states, rotation), expected)


def test_queries_and_keys_of_any_size_give_the_same_attention():
    attention = Attention(SHAPE, layer=0)
    states, rotation = torch.randn(1, 5, 32), _rotation(list(range(5)))
    before = attention(states, rotation)

    with torch.no_grad():
        attention.q_proj.weight.mul_(1000.0)

    after = attention(states, rotation)
    torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-4)


def test_the_cache_writes_each_row_at_its_own_place():
    cache = KeyValueCache(SHAPE, num_rows=2, length=4, like=torch.zeros(1))
    ones = torch.ones(2, 2, 1, 8)

    keys, values = cache.write(1, torch.tensor([[0], [3]]), ones, 2 * ones)

    assert keys[0, 0, :, 0].tolist() == [1, 0, 0, 0]
    assert keys[1, 1, :, 7].tolist() == [0, 0, 0, 1]
    torch.testing.assert_close(values, 2 * keys)
    assert cache.keys[0].abs().sum() == 0


def test_rows_leave_the_cache_in_the_order_asked():
    cache = KeyValueCache(SHAPE, num_rows=3, length=1, like=torch.zeros(1))
    rows = torch.arange(3.0).reshape(3, 1, 1, 1).expand(3, 2, 1, 8)
    cache.write(0, torch.zeros(3, 1, dtype=torch.int64), rows, rows)

    cache.keep_rows(torch.tensor([2, 0]))

    assert cache.keys[0][:, 0, 0, 0].tolist() == [2.0, 0.0]


def test_the_cache_stays_in_the_precision_of_the_weights():
    like = torch.zeros(1, dtype=torch.float64)

    assert KeyValueCache(SHAPE, 1, 1, like).keys[0].dtype == torch.float64
