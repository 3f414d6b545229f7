import pytest
import torch

from taojin.models.autoencoders.bounds import (
    evidence_terms,
    free_bits_rate,
    importance_terms,
    num_active_units,
)
from taojin.models.autoencoders.network import Autoencoder
from taojin.models.autoencoders.shape import AutoencoderShape

SHAPE = AutoencoderShape(
    height=4, width=4, network="linear", hidden_sizes=(8,), latent_size=2
)


def black_white(count=3):
    torch.manual_seed(5)
    return torch.bernoulli(torch.full((count, 1, 4, 4), 0.5))


def model_and_images(seed=0):
    torch.manual_seed(seed)
    model = Autoencoder(SHAPE)
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(std=0.5)
    return model, black_white()


def gradients(model, surrogate):
    model.zero_grad()
    surrogate.backward()
    return {name: weight.grad.clone() for name, weight in model.named_parameters()}


def mean_gradients(model, images, count, **settings):
    """Over many draws, which are made together."""
    torch.manual_seed(9)
    terms = importance_terms(model, images.repeat(count, 1, 1, 1), **settings)
    return gradients(model, terms.surrogates.sum() / count)


def apart(first, second, part):
    """Relative distance of two gradients, over the weights of one part."""
    names = [name for name in first if name.startswith(part)]
    one = torch.cat([first[name].flatten() for name in names])
    two = torch.cat([second[name].flatten() for name in names])
    return ((one - two).norm() / two.norm()).item()


def test_the_bounds_of_a_true_posterior_are_the_likelihood(linear_gaussian):
    model, truth = linear_gaussian()
    torch.manual_seed(2)
    images = truth.sample((4,)).reshape(-1, 1, 4, 4)
    wanted = truth.log_prob(images.flatten(1))
    with torch.no_grad():
        found = importance_terms(model, images, 5).bounds
        terms = evidence_terms(model, images.repeat(400, 1, 1, 1))
    torch.testing.assert_close(found, wanted, atol=1e-3, rtol=0.0)
    draws = -terms.distortions - terms.divergences.sum(1)
    mean = draws.unflatten(0, (400, 4)).mean(0)
    torch.testing.assert_close(mean, wanted, atol=0.4, rtol=0.0)


def test_more_samples_give_a_higher_bound():
    model, images = model_and_images()
    torch.manual_seed(0)
    with torch.no_grad():
        bounds = [
            importance_terms(model, images.repeat(500, 1, 1, 1), k).bounds.mean()
            for k in (1, 5, 50)
        ]
    assert bounds[0] < bounds[1] < bounds[2]


def test_the_surrogate_has_the_gradient_of_the_bound():
    model, images = model_and_images()
    torch.manual_seed(3)
    terms = importance_terms(model, images, 6)
    found = gradients(model, terms.surrogates.sum())
    torch.manual_seed(3)
    posterior = model.encode(images)
    latents = posterior.at(torch.empty(6, *posterior.means.shape).normal_())
    prior = torch.distributions.Normal(0.0, 1.0)
    log_weights = (
        model.likelihood.log_prob(model.decode(latents), images)
        + prior.log_prob(latents).sum(-1)
        - posterior.log_density(latents)
    )
    bound = log_weights.logsumexp(0) - torch.tensor(6.0).log()
    torch.testing.assert_close(terms.bounds, bound.detach())
    wanted = gradients(model, bound.sum())
    for name, value in wanted.items():
        torch.testing.assert_close(found[name], value, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize(
    "settings",
    [
        {"num_gradient_samples": 2},
        {"doubly_reparameterised": True},
        {"doubly_reparameterised": True, "num_gradient_samples": 2},
    ],
    ids=str,
)
def test_every_form_of_the_gradient_has_the_same_mean(settings):
    model, images = model_and_images()
    plain = mean_gradients(model, images, 20_000, num_samples=4)
    other = mean_gradients(model, images, 20_000, num_samples=4, **settings)
    assert apart(other, plain, "decoder") < 0.06
    assert apart(other, plain, "encoder") < 0.12


def test_near_the_posterior_a_doubly_reparameterised_gradient_is_less_noisy(
    linear_gaussian,
):
    model, truth = linear_gaussian(posterior_error=0.02)
    torch.manual_seed(2)
    images = truth.sample((3,)).reshape(-1, 1, 4, 4)

    def noise(**settings):
        torch.manual_seed(4)
        drawn = [
            gradients(
                model, importance_terms(model, images, 50, **settings).surrogates.sum()
            )["encoder.layers.linear.0.weight"]
            for _ in range(60)
        ]
        return torch.stack(drawn).var(0).sum()

    assert noise(doubly_reparameterised=True) < 0.1 * noise()


def test_sampled_gradients_reach_every_weight_in_reduced_precision():
    model, images = model_and_images()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        terms = importance_terms(model, images, 6, num_gradient_samples=2)
    found = gradients(model, terms.surrogates.sum())
    assert all(value.abs().sum() > 0 for value in found.values())


def test_bounds_without_gradients_need_no_second_decoding():
    model, images = model_and_images()
    torch.manual_seed(1)
    with torch.no_grad():
        sampled = importance_terms(model, images, 6, num_gradient_samples=2)
    torch.manual_seed(1)
    whole = importance_terms(model, images, 6)
    assert torch.equal(sampled.bounds, whole.bounds)


def test_free_bits_spare_a_dimension_whose_mean_is_low_and_no_other():
    divergences = torch.tensor([[0.1, 2.0], [0.3, 4.0]], requires_grad=True)
    total = free_bits_rate(divergences, 0.5)
    assert total.item() == pytest.approx(2 * 0.5 + 6.0)
    total.backward()
    assert divergences.grad is not None
    assert divergences.grad.tolist() == [[0.0, 1.0], [0.0, 1.0]]
    assert free_bits_rate(divergences, 0.0).item() == pytest.approx(6.4)


def test_active_units_are_those_that_vary_over_images():
    means = torch.tensor([[0.0, 1.0, 5.0], [0.0, -1.0, 5.1], [0.01, 1.0, 5.0]])
    assert num_active_units(means) == 1
    assert num_active_units(means[:1]) == 0
