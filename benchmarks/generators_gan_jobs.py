"""Games of the benchmark of GANs, each on one thread; see ``generators_gan.py``."""

import argparse
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from taojin.core.randomness import generator
from taojin.generation.adversarial.config import ImageSamplingConfig
from taojin.generation.adversarial.sampling import sample_images
from taojin.models.adversarial import residual
from taojin.models.adversarial.losses import (
    relativistic_discriminator,
    relativistic_generator,
    zero_centred_penalty,
)
from taojin.models.adversarial.networks import (
    new_discriminator,
    new_generator,
    save_generator,
)
from taojin.models.adversarial.shapes import AdversarialShape
from taojin.training.adversarial.config import GameConfig, ImageGanConfig
from taojin.training.adversarial.image_gan import train_image_gan
from taojin.training.config import TrainingConfig

LABELS = tuple(str(digit) for digit in range(10))
NUM_GENERATED = 1000
NUM_FOR_EXTRACTOR = 8000
"""Training digits, the last ones, that the extractor sees and no game does."""

SPEED_SHAPE = AdversarialShape(resolution=32, width=64, labels=LABELS)
SPEED_BATCH = 64
SPEED_ROUNDS = 4
"""Steps of both players that are timed, after two that are not."""

FREE = {"real_penalty": 0.0, "fake_penalty": 0.0}
RATES = ("generator_learning_rate", "discriminator_learning_rate")


def rates(rate: float) -> dict[str, float]:
    """The same rate for both players."""
    return dict.fromkeys(RATES, rate)


SYSTEMS: dict[str, dict[str, Any]] = {
    "relativistic": {
        "betas": (0.0, 0.99),
        "backbone": "residual",
        "game": {"penalty_every": 4, **rates(0.005)},
    },
    "relativistic strided": {
        "betas": (0.0, 0.99),
        "backbone": "plain",
        "game": {
            "real_penalty": 0.1,
            "fake_penalty": 0.1,
            "penalty_every": 2,
            "discriminator_steps": 2,
            **rates(0.002),
        },
    },
    "dcgan": {
        "betas": (0.5, 0.999),
        "backbone": "dcgan",
        "game": {"loss": "non_saturating", **FREE, **rates(0.0002)},
    },
    "wgan-gp": {
        "betas": (0.0, 0.9),
        "backbone": "plain",
        "game": {
            "loss": "wasserstein",
            "lipschitz_penalty": 10.0,
            "discriminator_steps": 5,
            **FREE,
            **rates(0.0001),
        },
    },
}
"""Published rates of the two baselines; quicker ones are tried, too."""
for name in ("dcgan", "wgan-gp"):
    quick = {**SYSTEMS[name]["game"], **rates(0.002)}
    SYSTEMS[f"{name} quick"] = {**SYSTEMS[name], "game": quick}


class CpuClock:
    """A sink that notes the processor's time of every row."""

    def __init__(self) -> None:
        self.times: dict[int, float] = {}
        self.last: dict[str, float] = {}

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Note the time and the metrics."""
        self.times[step] = time.process_time()
        self.last.update(metrics)

    def seconds_per_step(self, first: int) -> float:
        """Of the steps after ``first``."""
        last = max(self.times)
        return (self.times[last] - self.times[first]) / (last - first)


def random_pixels(size: int, num_images: int = 2000) -> NDArray[np.uint8]:
    """Images of noise, whose content no speed depends on."""
    draw = generator(0, "benchmark")
    return draw.integers(0, 256, (num_images, 1, size, size), dtype=np.uint8)


def time_ours() -> float:
    """Images per CPU second of the training loop."""
    warm, steps = 4, 4 + 2 * SPEED_ROUNDS
    training = TrainingConfig(
        num_steps=steps,
        batch_size=SPEED_BATCH,
        adam_betas=(0.0, 0.99),
        max_gradient_norm=None,
        precision="bf16",
        log_every=2,
        average_decay=0.999,
        num_threads=1,
    )
    pixels = random_pixels(SPEED_SHAPE.resolution)
    config = ImageGanConfig(
        training=training, width=SPEED_SHAPE.width, latent_size=SPEED_SHAPE.latent_size
    )
    targets = np.arange(len(pixels)) % len(LABELS)
    clock = CpuClock()
    train_image_gan(pixels, targets, LABELS, config, identity="noise", sink=clock)
    return SPEED_BATCH / (2.0 * clock.seconds_per_step(warm))


class PlainImages(Dataset[tuple[Tensor, int]]):
    """One image at a time, as tutorials have it."""

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        self.pixels = pixels

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image = torch.from_numpy(self.pixels[index]).float()
        return image / 127.5 - 1.0, index % len(LABELS)


def endless(loader: DataLoader[Any]) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches of one epoch after another."""
    while True:
        yield from loader


def time_plain(*, frozen: bool) -> float:
    """Images per CPU second of a plain loop with the same averages of the weights."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    residual.as_stored = Tensor.contiguous  # channels first
    made, judge = new_generator(SPEED_SHAPE), new_discriminator(SPEED_SHAPE)
    averaged = torch.optim.swa_utils.AveragedModel(
        made, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.999)
    )
    optimisers = [
        torch.optim.Adam(player.parameters(), lr=0.001, betas=(0.0, 0.99))
        for player in (made, judge)
    ]
    data = PlainImages(random_pixels(SPEED_SHAPE.resolution))
    loader = DataLoader(data, SPEED_BATCH, shuffle=True, drop_last=True)
    batches = endless(loader)
    start = 0.0
    for number in range(2 + SPEED_ROUNDS):
        if number == 2:
            start = time.process_time()
        plain_discriminator_step(made, judge, optimisers[1], *next(batches))
        judge.requires_grad_(requires_grad=not frozen)
        plain_generator_step(made, judge, optimisers[0], *next(batches))
        judge.requires_grad_(requires_grad=True)
        averaged.update_parameters(made)
    return SPEED_BATCH * SPEED_ROUNDS / (time.process_time() - start)


def plain_discriminator_step(
    made: nn.Module,
    judge: nn.Module,
    optimiser: torch.optim.Optimizer,
    real: Tensor,
    targets: Tensor,
) -> None:
    """Loss and both penalties, as the training loop computes them."""
    latents = torch.randn(len(real), SPEED_SHAPE.latent_size)
    with torch.no_grad():
        fake = made(latents, targets)
    real.requires_grad_()
    fake.requires_grad_()
    real_scores, fake_scores = judge(real, targets), judge(fake, targets)
    penalties = zero_centred_penalty(real_scores, real)
    penalties = penalties + zero_centred_penalty(fake_scores, fake)
    losses = relativistic_discriminator(real_scores, fake_scores) + 0.5 * penalties
    optimiser.zero_grad()
    losses.mean().backward()
    optimiser.step()


def plain_generator_step(
    made: nn.Module,
    judge: nn.Module,
    optimiser: torch.optim.Optimizer,
    real: Tensor,
    targets: Tensor,
) -> None:
    """The generator's turn, on images of its own."""
    latents = torch.randn(len(real), SPEED_SHAPE.latent_size)
    with torch.no_grad():
        real_scores = judge(real, targets)
    fake_scores = judge(made(latents, targets), targets)
    optimiser.zero_grad()
    relativistic_generator(real_scores, fake_scores).mean().backward()
    optimiser.step()


def read_digits(path: Path, size: int) -> dict[str, tuple[NDArray[np.uint8], Any]]:
    """Digits of each part as ``[items, 1, size, size]``, padded to 32 first."""
    parts = {}
    with np.load(path, allow_pickle=False) as content:
        for part in ("train", "test"):
            images = np.pad(content[f"x_{part}"], ((0, 0), (2, 2), (2, 2)))
            scale = 32 // size
            cells = images.reshape(len(images), size, scale, size, scale)
            pixels = cells.mean(axis=(2, 4)).round().astype(np.uint8)
            parts[part] = (pixels[:, None], content[f"y_{part}"].astype(np.int64))
    return parts


def config_of(
    system: str, num_steps: int, seed: int, arguments: argparse.Namespace
) -> ImageGanConfig:
    """Settings of a system; all that is not its own is the same for all."""
    own = SYSTEMS[system]
    training = TrainingConfig(
        num_steps=num_steps,
        batch_size=arguments.batch_size,
        adam_betas=own["betas"],
        max_gradient_norm=None,
        average_decay=0.995,
        precision="bf16",
        bad_step_policy="roll_back",
        max_bad_steps=0,
        max_roll_backs=1000,
        roll_back_rate_factor=0.5,
        log_every=10,
        num_threads=1,
        seed=seed,
    )
    patch = 2 if arguments.size > 16 and own["backbone"] == "residual" else 1
    return ImageGanConfig(
        training=training,
        game=GameConfig(**own["game"]),
        backbone=own["backbone"],
        width=arguments.width,
        latent_size=32,
        patch_size=patch,
    )


def train_system(
    system: str, seed: int, arguments: argparse.Namespace, folder: Path
) -> dict[str, Any]:
    """Train for the CPU seconds that are given; keep images, and say what it took."""
    pixels, targets = read_digits(arguments.mnist, arguments.size)["train"]
    pixels, targets = pixels[:-NUM_FOR_EXTRACTOR], targets[:-NUM_FOR_EXTRACTOR]
    data = (pixels, targets, LABELS)
    identity = f"mnist {arguments.size}"
    clock = CpuClock()
    trial = config_of(system, 120, seed, arguments)
    train_image_gan(*data, trial, identity=identity, sink=clock)
    num_steps = int(arguments.seconds / clock.seconds_per_step(20))
    clock = CpuClock()
    start = time.process_time()
    config = config_of(system, num_steps, seed, arguments)
    trained = train_image_gan(*data, config, identity=identity, sink=clock)
    seconds = time.process_time() - start
    save_generator(trained.generator, folder / "generator")
    images = sample_images(trained.generator, NUM_GENERATED, ImageSamplingConfig())
    np.save(folder / "images.npy", images)
    draw_grid(images[:100], folder / "images.png")
    return {
        "system": system,
        "seed": seed,
        "num_steps": num_steps,
        "seconds": seconds,
        "trips": [trip["reason"] for trip in trained.trips],
        "diversity": clock.last.get("watched_diversity"),
        "gap": clock.last.get("watched_gap"),
    }


def draw_grid(images: NDArray[np.uint8], path: Path, columns: int = 10) -> None:
    """Write images as one picture, a class a column."""
    framed = np.pad(images[..., 0], ((0, 0), (1, 1), (1, 1)), constant_values=64)
    rows, size = len(framed) // columns, framed.shape[-1]
    cells = framed[: rows * columns].reshape(rows, columns, size, size)
    picture = cells.transpose(0, 2, 1, 3).reshape(rows * size, columns * size)
    Image.fromarray(np.kron(picture, np.ones((3, 3), np.uint8))).save(path)
