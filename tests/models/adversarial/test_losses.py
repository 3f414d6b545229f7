import math

import pytest
import torch
from torch.nn import functional

from taojin.models.adversarial.losses import (
    GAME_LOSSES,
    between,
    minimax_discriminator,
    minimax_value,
    unit_length_penalty,
    zero_centred_penalty,
)

REAL = torch.tensor([-3.0, -0.5, 0.0, 1.0, 4.0], dtype=torch.float64)
FAKE = torch.tensor([2.0, 0.5, -1.0, 0.0, -6.0], dtype=torch.float64)


def sigmoid(scores):
    return torch.sigmoid(scores)


CLOSED_FORMS = {
    # d loss_D / d D(x), d loss_D / d D(G(z)), d loss_G / d D(x), d loss_G / d D(G(z))
    "minimax": (
        lambda r, _: -(1 - sigmoid(r)),
        lambda _, f: sigmoid(f),
        lambda r, _: 0 * r,
        lambda _, f: -sigmoid(f),
    ),
    "non_saturating": (
        lambda r, _: -(1 - sigmoid(r)),
        lambda _, f: sigmoid(f),
        lambda r, _: 0 * r,
        lambda _, f: -(1 - sigmoid(f)),
    ),
    "relativistic": (
        lambda r, f: -sigmoid(f - r),
        lambda r, f: sigmoid(f - r),
        lambda r, f: sigmoid(r - f),
        lambda r, f: -sigmoid(r - f),
    ),
    "wasserstein": (
        lambda r, _: -torch.ones_like(r),
        lambda _, f: torch.ones_like(f),
        lambda r, _: 0 * r,
        lambda _, f: -torch.ones_like(f),
    ),
    "least_squares": (
        lambda r, _: r - 1,
        lambda _, f: f,
        lambda r, _: 0 * r,
        lambda _, f: f - 1,
    ),
}


@pytest.mark.parametrize("name", GAME_LOSSES)
def test_gradients_of_both_players_are_their_closed_forms(name):
    loss = GAME_LOSSES[name]
    found = []
    for player in (loss.discriminator, loss.generator):
        real, fake = REAL.clone().requires_grad_(), FAKE.clone().requires_grad_()
        (player(real, fake) + 0 * real + 0 * fake).sum().backward()
        found += [real.grad, fake.grad]
    for gradient, closed in zip(found, CLOSED_FORMS[name], strict=True):
        torch.testing.assert_close(gradient, closed(REAL, FAKE))


@pytest.mark.parametrize("name", GAME_LOSSES)
def test_what_a_loss_says_of_itself_holds(name):
    loss, shift = GAME_LOSSES[name], 7.0
    moved = loss.discriminator(REAL + shift, FAKE + shift)
    same = torch.allclose(moved, loss.discriminator(REAL, FAKE))
    assert same == loss.is_relative
    reads = not torch.allclose(loss.generator(REAL, FAKE), loss.generator(-REAL, FAKE))
    assert reads == loss.reads_real


def test_the_value_is_that_of_the_text_and_the_discriminator_maximises_it():
    expected = torch.log(sigmoid(REAL)) + torch.log(1 - sigmoid(FAKE))
    torch.testing.assert_close(minimax_value(REAL, FAKE), expected)
    better = minimax_value(REAL + 1.0, FAKE - 1.0)
    assert (better > minimax_value(REAL, FAKE)).all()
    assert (minimax_discriminator(REAL, FAKE) == -minimax_value(REAL, FAKE)).all()


def test_the_value_stays_finite_where_a_probability_is_zero_in_floats():
    value = minimax_value(torch.tensor([-200.0]), torch.tensor([200.0]))
    assert value.item() == pytest.approx(-400.0)


def solve_discriminator(data, made):
    """Scores of the cells of a discrete space that maximise the expected value."""
    scores = torch.zeros(len(data), dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [scores],
        max_iter=500,
        tolerance_grad=1e-12,
        tolerance_change=1e-16,
        line_search_fn="strong_wolfe",
    )

    def loss():
        optimiser.zero_grad()
        # E_x and E_z are sums over the cells: the two halves of the value.
        real = (data * functional.logsigmoid(scores)).sum()
        fake = (made * functional.logsigmoid(-scores)).sum()
        total = -(real + fake)
        total.backward()
        return total

    optimiser.step(loss)
    return scores.detach()


def expected_value(scores, data, made):
    pairs = minimax_value(scores[:, None].expand(-1, 4), scores[None].expand(4, -1))
    return float((data[:, None] * made[None] * pairs).sum())


DATA = torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64)
MADE = torch.tensor([0.4, 0.4, 0.1, 0.1], dtype=torch.float64)


def test_the_best_discriminator_is_the_share_of_the_data():
    scores = solve_discriminator(DATA, MADE)
    torch.testing.assert_close(sigmoid(scores), DATA / (DATA + MADE))


def test_the_value_at_equal_distributions_is_minus_log_four():
    scores = solve_discriminator(DATA, DATA)
    assert expected_value(scores, DATA, DATA) == pytest.approx(-math.log(4.0))


def test_the_value_at_the_best_discriminator_is_a_divergence_above_minus_log_four():
    scores = solve_discriminator(DATA, MADE)
    middle = (DATA + MADE) / 2.0
    divergence = sum(
        float((part * torch.log(part / middle)).sum()) for part in (DATA, MADE)
    )  # twice that of Jensen and Shannon
    value = expected_value(scores, DATA, MADE)
    assert value == pytest.approx(divergence - math.log(4.0))


def test_a_generator_that_minimises_the_value_finds_the_data():
    made = torch.zeros(4, dtype=torch.float64, requires_grad=True)
    for _ in range(200):
        chances = torch.softmax(made, 0)
        scores = solve_discriminator(DATA, chances.detach())
        generator = GAME_LOSSES["minimax"].generator(scores, scores)
        (gradient,) = torch.autograd.grad((chances * generator).sum(), made)
        made = (made.detach() - 4.0 * gradient).requires_grad_()
    torch.testing.assert_close(torch.softmax(made, 0), DATA, atol=1e-3, rtol=0.0)


def quadratic(images):
    """Scores with known gradients: x.(A x) / 2 a row, A symmetrical."""
    matrix = torch.diag(torch.arange(1.0, 5.0, dtype=torch.float64))
    return ((images @ matrix) * images).sum(dim=1) / 2.0


def test_the_zero_centred_penalty_is_exact_of_each_image_whatever_the_batch():
    images = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    scale = torch.arange(1.0, 5.0, dtype=torch.float64)
    expected = (images.detach() * scale).square().sum(dim=1)
    torch.testing.assert_close(
        zero_centred_penalty(quadratic(images), images).double(),
        expected,
        rtol=1e-5,
        atol=1e-6,
    )
    alone = images[:1].detach().requires_grad_()
    torch.testing.assert_close(
        zero_centred_penalty(quadratic(alone), alone).double(),
        expected[:1],
        rtol=1e-5,
        atol=1e-6,
    )


def test_the_penalty_s_gradient_by_the_weights_is_the_closed_form():
    weight = torch.tensor([1.0, -2.0, 0.5], requires_grad=True)
    images = torch.randn(5, 3, requires_grad=True)
    scores = torch.tanh(images @ weight)
    zero_centred_penalty(scores, images).sum().backward()
    slope = 1.0 - torch.tanh(images.detach() @ weight.detach()).square()
    length = weight.detach().square().sum()
    second = -2.0 * torch.tanh(images.detach() @ weight.detach()) * slope
    expected = sum(
        2.0 * slope[i] ** 2 * weight.detach()
        + 2.0 * slope[i] * second[i] * length * images.detach()[i]
        for i in range(5)
    )
    torch.testing.assert_close(weight.grad, expected, rtol=1e-4, atol=1e-5)


def test_the_unit_length_penalty_is_zero_for_a_plane_of_slope_one():
    images = torch.randn(4, 2, requires_grad=True)
    direction = torch.tensor([0.6, 0.8])
    steep = unit_length_penalty(3.0 * (images @ direction), images)
    torch.testing.assert_close(steep, torch.full((4,), 4.0))
    assert unit_length_penalty(images @ direction, images).max() < 1e-10


def test_points_between_lie_on_the_lines_of_pairs():
    torch.manual_seed(0)
    real, fake = torch.zeros(50, 1, 2, 2), torch.ones(50, 1, 2, 2)
    points = between(real, fake)
    assert (points == points[:, :, :1, :1]).all()
    assert points.unique().numel() == 50
    assert 0.0 <= points.min() < 0.1 < 0.9 < points.max() <= 1.0
