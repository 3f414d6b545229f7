import pytest
import torch

from taojin.generation.config import SamplingConfig
from taojin.generation.filters import draw, probabilities

LOGITS = torch.tensor([[0.5, 0.2, 0.2, 0.1]]).log()


def _probabilities(**settings):
    config = SamplingConfig(**{"temperature": 1.0, **settings})
    return probabilities(LOGITS, config)[0].tolist()


def test_temperature_one_leaves_the_distribution():
    assert _probabilities() == pytest.approx([0.5, 0.2, 0.2, 0.1])


def test_a_low_temperature_sharpens():
    squares = torch.tensor([0.25, 0.04, 0.04, 0.01])

    expected = (squares / squares.sum()).tolist()
    assert _probabilities(temperature=0.5) == pytest.approx(expected)


def test_top_k_keeps_the_likeliest():
    assert _probabilities(top_k=1) == pytest.approx([1, 0, 0, 0])


def test_top_k_beyond_the_vocabulary_keeps_all():
    assert _probabilities(top_k=99) == pytest.approx([0.5, 0.2, 0.2, 0.1])


@pytest.mark.parametrize(
    ("top_p", "kept"), [(1e-9, 1), (0.49, 1), (0.6, 2), (0.85, 3), (1.0, 4)]
)
def test_top_p_keeps_the_fewest_that_reach_it(top_p, kept):
    assert sum(share > 0 for share in _probabilities(top_p=top_p)) == kept


@pytest.mark.parametrize(("min_p", "kept"), [(0.0, 4), (0.3, 3), (0.41, 1), (0.99, 1)])
def test_min_p_is_a_share_of_the_likeliest(min_p, kept):
    assert sum(share > 0 for share in _probabilities(min_p=min_p)) == kept


def test_filters_together_leave_a_distribution():
    shares = _probabilities(top_k=3, top_p=0.8, min_p=0.1, temperature=0.7)

    assert sum(shares) == pytest.approx(1.0)


def test_temperature_zero_takes_the_likeliest():
    config = SamplingConfig(temperature=0.0)

    assert draw(LOGITS, torch.tensor([0.999]), config).tolist() == [0]


@pytest.mark.parametrize(
    ("uniform", "token"),
    [(0.0, 0), (0.49, 0), (0.51, 1), (0.71, 2), (0.91, 3), (1 - 2**-53, 3)],
)
def test_a_draw_inverts_the_cumulative_distribution(uniform, token):
    config = SamplingConfig(temperature=1.0)
    uniforms = torch.tensor([uniform], dtype=torch.float64)

    assert draw(LOGITS, uniforms, config).tolist() == [token]


def test_a_token_without_probability_is_never_drawn():
    logits = torch.tensor([[-torch.inf, 0.0, -torch.inf]]).repeat(3, 1)
    uniforms = torch.tensor([0.0, 0.5, 1 - 2**-53], dtype=torch.float64)

    drawn = draw(logits, uniforms, SamplingConfig(temperature=1.0))

    assert drawn.tolist() == [1, 1, 1]


def test_draws_follow_the_distribution():
    uniforms = torch.linspace(0, 1, 10_001, dtype=torch.float64)[:-1]

    drawn = draw(LOGITS.repeat(10_000, 1), uniforms, SamplingConfig(temperature=1.0))

    assert (drawn.bincount() / 10_000).tolist() == pytest.approx(
        [0.5, 0.2, 0.2, 0.1], abs=1e-3
    )


def _by_definition(logits, top_p):
    """The nucleus after sorting everything."""
    shares = logits.double().softmax(-1)
    ordered, order = shares.sort(dim=-1, descending=True, stable=True)
    beyond = ordered.cumsum(-1) - ordered >= top_p
    kept = shares.masked_fill(beyond.gather(-1, order.argsort(-1)), 0.0)
    return kept / kept.sum(-1, keepdim=True)


@pytest.mark.parametrize("top_p", [0.01, 0.5, 0.9, 0.999])
def test_the_nucleus_of_a_large_vocabulary_is_the_one_of_its_definition(top_p):
    torch.manual_seed(0)
    # Flat and steep rows: nuclei below 64, below 512, and above.
    scales = torch.tensor([0.1, 1.0, 3.0, 6.0])[:, None]
    logits = torch.randn(4, 2000) * scales
    logits[3, 50:] = logits[3, 50]  # many are tied

    found = probabilities(logits, SamplingConfig(temperature=1.0, top_p=top_p))

    expected = _by_definition(logits, top_p).float()
    assert torch.equal(found > 0, expected > 0)
    torch.testing.assert_close(found, expected)


def test_of_equally_likely_tokens_the_first_are_kept():
    logits = torch.full((1, 2000), -20.0)
    logits[0, 100:120] = 0.0

    found = probabilities(logits, SamplingConfig(temperature=1.0, top_p=0.5))

    assert found[0].nonzero().flatten().tolist() == list(range(100, 110))
