import pytest
import torch

from taojin.generation.config import SamplingConfig
from taojin.generation.filters import draw, penalise_repetition, probabilities

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


def test_a_repeated_token_becomes_less_likely_whatever_its_sign():
    logits = torch.tensor([[2.0, -2.0, 1.0]])
    used = torch.tensor([[True, True, False]])

    result = penalise_repetition(logits, used, 2.0)

    assert result.tolist() == [[1.0, -4.0, 1.0]]


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
