"""A discriminator of words rewards each of them."""

import pytest
import torch

from taojin.models.text_critics.recurrent import (
    TokenCritic,
    TokenCriticShape,
    discounted_returns,
)


def test_a_score_depends_on_the_words_up_to_it_alone():
    torch.manual_seed(0)
    critic = TokenCritic(TokenCriticShape(vocab_size=9, embedding_size=4, width=5))
    critic.eval()
    first = critic(torch.tensor([[1, 2, 3, 4]]))
    second = critic(torch.tensor([[1, 2, 7, 8]]))
    assert torch.equal(first[:, :2], second[:, :2])
    assert not torch.equal(first[:, 2:], second[:, 2:])


def test_returns_are_discounted_sums_within_a_row():
    rewards = torch.tensor([[1.0, 2.0, 4.0], [1.0, -1.0, 100.0]])
    found = discounted_returns(rewards, torch.tensor([3, 2]), 0.5)
    wanted = torch.tensor([[1 + 1 + 1, 2 + 2, 4.0], [1 - 0.5, -1.0, 0.0]])
    assert torch.allclose(found, wanted)


@pytest.mark.parametrize("discount", [0.0, 1.0])
def test_the_ends_of_the_discount(discount):
    found = discounted_returns(torch.ones(1, 4), torch.tensor([4]), discount)
    assert found.tolist() == [[1.0] * 4 if discount == 0.0 else [4.0, 3.0, 2.0, 1.0]]
