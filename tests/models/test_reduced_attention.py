import pytest
import torch
from torch.nn import functional

from taojin.models import reduced_attention
from taojin.models.config import LanguageModelConfig
from taojin.models.language_model import LanguageModel
from taojin.models.reduced_attention import attend_in_products


def _inputs(length, heads=4, groups=2, rows=3, dtype=torch.float32):
    torch.manual_seed(0)
    return [
        torch.randn(rows, number, length, 8, dtype=dtype).requires_grad_()
        for number in (heads, groups, groups)
    ]


def _reference(queries, keys, values, visible=None):
    return functional.scaled_dot_product_attention(
        queries,
        keys,
        values,
        attn_mask=visible,
        is_causal=visible is None,
        enable_gqa=True,
    )


@pytest.mark.parametrize(("heads", "groups"), [(4, 2), (4, 4), (6, 1)])
def test_it_is_causal_attention(heads, groups):
    inputs = _inputs(7, heads, groups)

    torch.testing.assert_close(attend_in_products(*inputs), _reference(*inputs))


def test_gradients_are_those_of_attention():
    one, other = _inputs(9), _inputs(9)
    weights = torch.randn(3, 4, 9, 8)

    (attend_in_products(*one) * weights).sum().backward()
    (_reference(*other) * weights).sum().backward()

    for mine, wanted in zip(one, other, strict=True):
        torch.testing.assert_close(mine.grad, wanted.grad)


def test_long_rows_are_computed_in_blocks(monkeypatch):
    inputs = _inputs(11)
    whole = attend_in_products(*inputs)
    monkeypatch.setattr(reduced_attention, "_BLOCK", 4)

    torch.testing.assert_close(attend_in_products(*inputs), whole)


@pytest.mark.parametrize("block", [4, 256])
def test_every_row_may_hide_what_it_likes(monkeypatch, block):
    monkeypatch.setattr(reduced_attention, "_BLOCK", block)
    inputs = _inputs(6)
    documents = torch.tensor([[0] * 6, [0, 0, 1, 1, 1, 2], [0, 1, 2, 3, 4, 5]])
    same = documents[:, :, None] == documents[:, None]
    visible = (same & torch.ones(6, 6, dtype=torch.bool).tril())[:, None]

    found = attend_in_products(*inputs, visible=visible)

    torch.testing.assert_close(found, _reference(*inputs, visible=visible))


def test_a_model_in_bfloat16_is_near_one_in_fp32():
    torch.manual_seed(0)
    shape = LanguageModelConfig(depth=2, width=64, context_length=32).shape(30)
    model = LanguageModel(shape)
    for weight in model.parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=weight.shape[1] ** -0.5)
    tokens = torch.randint(30, (2, 32))

    exact = model(tokens)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        reduced = model(tokens)

    assert (reduced - exact).abs().mean() < 0.02 * exact.std()
