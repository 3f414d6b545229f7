import pytest
import torch
from pydantic import ValidationError

from taojin.core.errors import ConfigurationError
from taojin.models.autoencoders.network import Autoencoder
from taojin.models.autoencoders.shape import AutoencoderShape, LikelihoodConfig
from taojin.training.config import TrainingConfig
from taojin.training.objectives.autoencoding import (
    Autoencoding,
    AutoencodingConfig,
    ImageBatch,
)

SHAPE = AutoencoderShape(
    height=4, width=4, network="linear", hidden_sizes=(8,), latent_size=3
)


def objective(num_batches=10, likelihood=None, **settings):
    torch.manual_seed(0)
    update = {} if likelihood is None else {"likelihood": likelihood}
    model = Autoencoder(SHAPE.model_copy(update=update))
    return Autoencoding(model, AutoencodingConfig(**settings), num_batches)


def batch(number=None, count=6):
    torch.manual_seed(1)
    pixels = 255 * torch.randint(0, 2, (count, 1, 4, 4), dtype=torch.uint8)
    return ImageBatch(pixels, number)


def loss_of(task, images):
    torch.manual_seed(2)
    return task.loss(images)


def test_a_variational_loss_is_distortion_and_rate():
    loss = loss_of(objective(), batch())
    parts = loss.metrics
    assert loss.num_units == 6
    assert loss.total.item() == pytest.approx(parts["distortion"] + parts["rate"])
    assert parts["bound"] == pytest.approx(loss.total.item())


def test_beta_weighs_the_rate_and_leaves_the_bound():
    plain, weighed = (loss_of(objective(beta=b), batch()) for b in (1.0, 4.0))
    rate = plain.metrics["rate"]
    assert (weighed.total - plain.total).item() == pytest.approx(3 * rate, rel=1e-4)
    assert weighed.metrics == plain.metrics


def test_beta_rises_over_the_first_batches_and_is_full_in_validation():
    task = objective(num_batches=20, beta_warmup_fraction=0.5, beta=2.0)
    assert [task.beta(number) for number in (0, 5, 10, 19)] == [0.0, 1.0, 2.0, 2.0]
    assert task.beta(None) == 2.0
    first = loss_of(task, batch(number=0))
    assert first.total.item() == pytest.approx(first.metrics["distortion"])
    assert first.metrics["bound"] > first.total.item()


def test_the_warm_up_has_no_state_of_its_own():
    task = objective(beta_warmup_fraction=1.0)
    loss_of(task, batch(number=9))
    again = loss_of(task, batch(number=3))
    fresh = loss_of(objective(beta_warmup_fraction=1.0), batch(number=3))
    assert torch.equal(again.total, fresh.total)


def test_free_nats_are_paid_whatever_is_said():
    plain, free = (loss_of(objective(free_nats=n), batch()) for n in (0.0, 50.0))
    assert free.metrics == plain.metrics
    wanted = plain.metrics["distortion"] + 6 * 3 * 50.0
    assert free.total.item() == pytest.approx(wanted)


@pytest.mark.parametrize("gradient", ["reparameterised", "doubly_reparameterised"])
@pytest.mark.parametrize("num_gradient_samples", [None, 2])
def test_an_importance_loss_is_the_bound_whatever_its_gradient(
    gradient, num_gradient_samples
):
    task = objective(
        objective="importance",
        num_samples=7,
        gradient=gradient,
        num_gradient_samples=num_gradient_samples,
    )
    loss = loss_of(task, batch())
    plain = loss_of(objective(objective="importance", num_samples=7), batch())
    assert loss.total.item() == pytest.approx(plain.total.item(), rel=1e-5)
    assert loss.metrics["bound"] == pytest.approx(loss.total.item(), rel=1e-5)
    loss.total.backward()
    assert all(weight.grad is not None for weight in task.model.parameters())


def test_one_importance_sample_is_a_variational_bound():
    images = batch(count=4000)
    single = loss_of(objective(objective="importance", num_samples=1), images)
    bound = loss_of(objective(), images).metrics["bound"]
    assert single.metrics["bound"] == pytest.approx(bound, rel=0.01)


@pytest.mark.parametrize("reconstruction", ["likelihood", "squared_error"])
def test_a_plain_autoencoder_draws_nothing_and_pays_for_long_latents(reconstruction):
    settings = {"objective": "autoencoder", "reconstruction": reconstruction}
    plain = objective(**settings).loss(batch())
    weighed = objective(**settings, latent_penalty=2.0).loss(batch())
    assert plain.total.item() == pytest.approx(plain.metrics["distortion"])
    length = plain.metrics["latent_length"]
    assert length > 0.0
    assert (weighed.total - plain.total).item() == pytest.approx(2 * length, rel=1e-4)


def test_a_squared_error_is_of_images_in_the_unit_interval():
    task = objective(objective="autoencoder", reconstruction="squared_error")
    images = batch()
    wanted = (task.model(images.pixels / 255) - images.pixels / 255).square().sum()
    assert task.loss(images).total.item() == pytest.approx(wanted.item(), rel=1e-5)


def test_only_matrices_decay_and_every_weight_has_its_group():
    task = objective(likelihood=LikelihoodConfig(name="gaussian"))
    config = TrainingConfig(num_steps=1, batch_size=1, weight_decay=0.1)
    kernels, rest = task.parameter_groups(config)
    assert (kernels.weight_decay, rest.weight_decay) == (0.1, 0.0)
    assert "likelihood.raw_scale" in rest.names
    names = {name for name, _ in task.model.named_parameters()}
    assert {*kernels.names, *rest.names} == names


def test_a_plain_model_has_no_bound():
    plain = Autoencoder(SHAPE.model_copy(update={"variational": False}))
    Autoencoding(plain, AutoencodingConfig(objective="autoencoder"), 1)
    with pytest.raises(ConfigurationError, match="objective is variational"):
        Autoencoding(plain, AutoencodingConfig(), 1)


def test_a_weighed_importance_bound_is_refused():
    with pytest.raises(ValidationError, match=r"beta 2\.0"):
        AutoencodingConfig(objective="importance", beta=2.0)
    with pytest.raises(ValidationError, match=r"beta_warmup_fraction 0\.1"):
        AutoencodingConfig(objective="importance", beta_warmup_fraction=0.1)
