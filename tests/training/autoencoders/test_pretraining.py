from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from taojin.core.errors import CheckpointMismatchError, DataError, EmptyStageError
from taojin.models.autoencoders.importance import importance_log_likelihood
from taojin.models.autoencoders.pixels import binarise
from taojin.models.autoencoders.shape import LikelihoodConfig
from taojin.training.autoencoders.config import (
    AutoencoderConfig,
    AutoencoderNetworkConfig,
    Binarisation,
)
from taojin.training.autoencoders.pretraining import (
    new_autoencoder,
    pretrain_autoencoder,
)
from taojin.training.checkpoints import DirectoryCheckpointStore
from taojin.training.config import TrainingConfig
from taojin.training.metrics import ListSink
from taojin.training.objectives.autoencoding import AutoencodingConfig

NETWORK = AutoencoderNetworkConfig(latent_size=8, widths=(8, 16))
LINEAR = AutoencoderNetworkConfig(network="linear", latent_size=8, hidden_sizes=(64,))


def digits():
    data: Any = load_digits()
    return (data.images * 15.9375).astype(np.uint8)[:, None]


def config(
    num_steps=20,
    network=NETWORK,
    binarisation: Binarisation = "static",
    **settings,
):
    names = TrainingConfig.model_fields
    training = {k: settings.pop(k) for k in list(settings) if k in names}
    return AutoencoderConfig(
        network=network,
        objective=AutoencodingConfig(**settings),
        binarisation=binarisation,
        training=TrainingConfig(
            **{
                "num_steps": num_steps,
                "batch_size": 32,
                "head_learning_rate": 3e-3,
                "validate_every": num_steps,
                "num_threads": 1,
                **training,
            }
        ),
    )


def equal(first, second):
    states = first.state_dict(), second.state_dict()
    return all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_digits_are_learnt_within_a_smoke_run():
    images, sink = digits(), ListSink()
    grey = config(
        100,
        batch_size=64,
        head_learning_rate=5e-3,
        objective="autoencoder",
        reconstruction="squared_error",
        binarisation="none",
    )
    trained = pretrain_autoencoder(
        images[:1500], grey, validation=images[1500:], sink=sink
    )
    error = sink.rows[-1]["validation_distortion"]
    plain = ((images[1500:] / 255 - images[:1500].mean(0) / 255) ** 2).sum()
    assert error < 0.6 * plain / len(images[1500:])
    assert not trained.model.shape.variational
    assert not trained.model.training


def test_a_variational_training_beats_independent_pixels():
    images = digits()
    trained = pretrain_autoencoder(images[:1500], config(300, LINEAR, batch_size=64))
    black_white = binarise(images[1500:], seed=0)
    found = importance_log_likelihood(trained.model, black_white, 20)
    means = np.clip(images[:1500].mean(0) / 255, 1e-3, 1 - 1e-3)
    white = black_white == 255
    apart = np.where(white, np.log(means), np.log(1 - means)).sum((1, 2, 3)).mean()
    assert found.estimate.value > apart + 1.0


@pytest.mark.parametrize(
    "settings",
    [
        {"beta_warmup_fraction": 0.8, "free_nats": 0.1, "num_accumulations": 2},
        {"objective": "importance", "num_samples": 5, "num_gradient_samples": 2},
        {"objective": "autoencoder", "latent_penalty": 0.1},
        {"binarisation": "stochastic", "average_decay": 0.9},
    ],
    ids=str,
)
def test_a_training_that_is_killed_goes_on_bit_for_bit(tmp_path, settings):
    class KilledError(Exception):
        pass

    class Killing:
        def log(self, step, _):
            if step >= 7:
                raise KilledError

    images = digits()[:300]
    wanted = config(12, **settings)
    whole = pretrain_autoencoder(images[:250], wanted, validation=images[250:])
    store = DirectoryCheckpointStore(tmp_path)
    often = config(12, checkpoint_every_seconds=0.0, log_every=1, **settings)
    again = config(12, checkpoint_every_seconds=0.0, log_every=1, **settings)
    with pytest.raises(KilledError):
        pretrain_autoencoder(
            images[:250],
            often,
            validation=images[250:],
            store=store,
            sink=Killing(),
        )
    resumed = pretrain_autoencoder(
        images[:250], again, validation=images[250:], store=store
    )
    assert equal(whole.model, resumed.model)


def test_training_twice_gives_the_same_weights_and_leaves_the_images():
    images = digits()[:200]
    before = images.copy()
    runs = []
    for seed in range(2):
        torch.manual_seed(seed)  # the state of others must not matter
        runs.append(pretrain_autoencoder(images, config(5)).model)
    assert equal(*runs)
    assert (images == before).all()


@pytest.mark.parametrize("name", ["gaussian", "logistic_mixture"])
def test_grey_images_are_learnt_by_other_likelihoods(name):
    images, sink = digits(), ListSink()
    network = AutoencoderNetworkConfig(
        network="linear",
        hidden_sizes=(64,),
        latent_size=8,
        likelihood=LikelihoodConfig(name=name),
    )
    grey = config(120, network, "none", log_every=20)
    pretrain_autoencoder(images[:1500], grey, sink=sink)
    assert sink.rows[-1]["train_bound"] < sink.rows[0]["train_bound"] - 20.0


def test_a_training_may_begin_with_the_weights_of_another():
    images = digits()[:200]
    first = new_autoencoder(NETWORK.shape(1, 8, 8), seed=7)
    still = config(1, head_learning_rate=0.0)
    trained = pretrain_autoencoder(images, still, initial=first)
    assert equal(trained.model, first)
    assert not equal(pretrain_autoencoder(images, still).model, first)
    other = AutoencoderNetworkConfig(latent_size=9, widths=(8, 16))
    with pytest.raises(DataError, match="same network"):
        pretrain_autoencoder(images, config(1, other), initial=first)


def test_checkpoints_of_other_images_or_weights_are_not_continued(tmp_path):
    images = digits()[:100]
    store = DirectoryCheckpointStore(tmp_path, refuse_foreign=True)
    pretrain_autoencoder(images[:50], config(1), store=store)
    with pytest.raises(CheckpointMismatchError):
        pretrain_autoencoder(images[50:], config(1), store=store)
    first = new_autoencoder(NETWORK.shape(1, 8, 8), seed=7)
    with pytest.raises(CheckpointMismatchError):
        pretrain_autoencoder(images[:50], config(1), initial=first, store=store)


def test_arrays_that_are_no_images_of_one_size_are_refused():
    images = digits()[:20]
    with pytest.raises(DataError, match="give uint8"):
        pretrain_autoencoder(images[:, 0], config(1))
    with pytest.raises(DataError, match="give uint8"):
        pretrain_autoencoder(images.astype(np.float32), config(1))
    with pytest.raises(DataError, match="one size"):
        pretrain_autoencoder(images, config(1), validation=images[:, :, :6])
    with pytest.raises(EmptyStageError, match="no image"):
        pretrain_autoencoder(images[:0], config(1))
