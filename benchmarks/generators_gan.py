"""Generative adversarial networks of images: speed, and quality at equal CPU seconds.

    python benchmarks/generators_gan.py --speed
    python benchmarks/generators_gan.py --quality --mnist MNIST.NPZ [--seeds 0 1 2 3 4]

``--speed``: images per CPU second of a step of both players, by the training loop
(bfloat16, channels last, batches gathered from one array, the weights of the waiting
player frozen), and by a plain loop (``DataLoader``, single precision, channels first) of
the same networks, losses and penalties. The plain loop is timed as people write it, and
with the discriminator frozen in the generator's turn. One thread, processes of their own,
in turns.

``--quality``: the relativistic game with R1 and R2 on residual networks and on the strided
ones of the others, DCGAN and WGAN-GP (at their published rates, and at quicker ones),
conditional on the class, each trained for the same CPU seconds of one thread on the
training digits of MNIST at 16 x 16 pixels (``--size`` 8 or 32 for others). Distances are to the test digits, by the features of a
classifier that is trained here on other digits than the games see; its hash stands beside
every figure. They compare with nothing that was measured by other features. Every
finished run is kept in ``--work`` and not repeated.

Prints tables and writes ``data/08_reporting/benchmarks/generators_gan_*.json``.
"""

import argparse
import json
import platform
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from processes import run_job
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from taojin.core.files import write_text
from taojin.core.randomness import generator
from taojin.evaluation.distances.measure import DistancesConfig, measure_distances
from taojin.evaluation.extractors.image import ImageNetworkExtractor
from taojin.features.images import ImageForm
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
from taojin.models.image_network import load_image_network
from taojin.training.adversarial.config import GameConfig, ImageGanConfig
from taojin.training.adversarial.image_gan import train_image_gan
from taojin.training.config import TrainingConfig
from taojin.training.extractors import (
    ExtractorConfig,
    accuracy,
    save_extractor,
    train_image_extractor,
)

ROOT = Path(__file__).parents[1]
LABELS = tuple(str(digit) for digit in range(10))
NUM_GENERATED = 1000
NUM_REAL = 2000
NUM_FOR_EXTRACTOR = 8000
"""Training digits, the last ones, that the extractor sees and no game does."""
AIM = 1.5
"""Times as fast as the plain loop."""

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


def measure_speed(num_repeats: int) -> dict[str, Any]:
    """Time all in turn; print and return the medians."""
    found: dict[str, list[float]] = {}
    for _ in range(num_repeats):
        for name in ("taojin", "plain", "plain frozen"):
            result = run_job([sys.executable, __file__, "--job", name])
            found.setdefault(name, []).append(result["rate"])
    middle = {name: median(each) for name, each in found.items()}
    print(f"{'images per CPU second':24}{'median':>8}{'ours by it':>12}   all")
    for name, each in found.items():
        ratio = middle["taojin"] / middle[name]
        numbers = " ".join(f"{rate:.1f}" for rate in each)
        print(f"{name:24}{middle[name]:>8.1f}{ratio:>12.2f}   {numbers}")
    print(f"aim: {AIM} times the plain loop")
    return {"rates": found, "shape": SPEED_SHAPE.model_dump(), "batch": SPEED_BATCH}


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


def as_items(pixels: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Channels last, as extractors take them."""
    return list(pixels.transpose(0, 2, 3, 1))


def extractor_of(
    folder: Path, digits: dict[str, tuple[NDArray[np.uint8], Any]]
) -> ImageNetworkExtractor:
    """Train the classifier whose features judge, unless it is there."""
    if not folder.is_dir():
        pixels, targets = digits["train"]
        pixels, targets = pixels[-NUM_FOR_EXTRACTOR:], targets[-NUM_FOR_EXTRACTOR:]
        size = pixels.shape[-1]
        training = TrainingConfig(
            num_steps=400, batch_size=64, validate_every=200, num_threads=1
        )
        trained = train_image_extractor(
            as_items(pixels),
            [LABELS[target] for target in targets],
            ImageForm(height=size, width=size, num_channels=1),
            ExtractorConfig(training=training, widths=(16, 32), feature_size=32),
        )
        save_extractor(trained, folder)
        tests, wanted = digits["test"]
        share = accuracy(
            trained, as_items(tests[:NUM_REAL]), [LABELS[w] for w in wanted[:NUM_REAL]]
        )
        print(f"extractor: {share:.3f} of test digits recognised")
    return ImageNetworkExtractor(folder)


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
    trial = config_of(system, 40, seed, arguments)
    train_image_gan(*data, trial, identity=identity, sink=clock)
    num_steps = int(arguments.seconds / clock.seconds_per_step(10))
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


def measure_quality(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Train and judge all systems, seed by seed; print and return what was found."""
    digits = read_digits(arguments.mnist, arguments.size)
    work = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    extractor = extractor_of(work / f"extractor-{arguments.size}", digits)
    pixels = digits["test"][0]
    real = extractor.extract(as_items(pixels[:NUM_REAL]))
    other = extractor.extract(as_items(pixels[NUM_REAL : NUM_REAL + NUM_GENERATED]))
    rows = []
    for seed in arguments.seeds:
        for system in arguments.systems:
            name = f"{system} {seed} {arguments.size} {arguments.seconds:g}"
            folder = work / name.replace(" ", "-")
            result = folder / "result.json"
            if not result.is_file():
                folder.mkdir(exist_ok=True)
                row = run_job(
                    [
                        *(sys.executable, __file__, "--job", system),
                        *("--mnist", arguments.mnist, "--size", arguments.size),
                        *("--seconds", arguments.seconds, "--seeds", seed),
                        *("--width", arguments.width, "--work", folder),
                        *("--batch-size", arguments.batch_size),
                    ]
                )
                write_text(result, json.dumps(row))
            row = json.loads(result.read_text())
            images = list(np.load(folder / "images.npy"))
            rows.append(row | judged(images, extractor, real, other, work, arguments))
            print_rows(rows[-1:], heading=len(rows) == 1)
    print_means(rows)
    return rows


def judged(
    images: list[NDArray[np.uint8]],
    extractor: ImageNetworkExtractor,
    real: Any,
    other: Any,
    work: Path,
    arguments: argparse.Namespace,
) -> dict[str, Any]:
    """Distances to real images with their nulls, and how many are of the class."""
    wanted = DistancesConfig(distances=("kernel_distance", "neighbourhoods"))
    table = extractor.extract(images)
    scores = {
        score.name: {
            "value": score.estimate.value,
            "low": score.estimate.low,
            "high": score.estimate.high,
            "null": score.null.value if score.null else None,
        }
        for score in measure_distances(table, real, other, wanted)
    }
    network = load_image_network(work / f"extractor-{arguments.size}").network
    planes = np.asarray(images, np.float32).transpose(0, 3, 1, 2) / 255.0
    with torch.no_grad():
        found = network(torch.from_numpy(planes)).argmax(-1).numpy()
    right = float((found == np.arange(len(found)) % len(LABELS)).mean())
    return {"scores": scores, "right": right, "extractor": table.extractor}


COLUMNS = ("kernel_distance", "precision", "recall", "density", "coverage")


def print_rows(rows: list[dict[str, Any]], *, heading: bool) -> None:
    """A line a run."""
    if heading:
        names = "".join(f"{name:>16}" for name in COLUMNS)
        print(f"{'system':22}seed   CPU s  steps trips{names}  of class  extractor")
        null = rows[0]["scores"]
        values = "".join(f"{null[name]['null']:>16.4f}" for name in COLUMNS)
        print(f"{'real images':22}{'':24}{values}")
    for row in rows:
        values = "".join(f"{row['scores'][n]['value']:>16.4f}" for n in COLUMNS)
        print(
            f"{row['system']:22}{row['seed']:>4}{row['seconds']:>8.1f}"
            f"{row['num_steps']:>7}{len(row['trips']):>6}{values}"
            f"{row['right']:>10.3f}  {row['extractor'][:12]}",
            flush=True,
        )


def print_means(rows: list[dict[str, Any]]) -> None:
    """Mean, lowest and highest of each system over its seeds."""
    print()
    for system in dict.fromkeys(row["system"] for row in rows):
        own = [row for row in rows if row["system"] == system]
        parts = []
        for name in COLUMNS[:3]:
            each = [row["scores"][name]["value"] for row in own]
            parts.append(f"{name} {mean(each):.4f} ({min(each):.4f} {max(each):.4f})")
        print(f"{system:22}{len(own)} seeds  {'  '.join(parts)}")


def run_own_job(arguments: argparse.Namespace) -> dict[str, Any]:
    """What a process of this script was started for."""
    if arguments.job == "taojin":
        return {"rate": time_ours()}
    if arguments.job.startswith("plain"):
        return {"rate": time_plain(frozen=arguments.job.endswith("frozen"))}
    return train_system(
        arguments.job, arguments.seeds[0], arguments, Path(arguments.work)
    )


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--quality", action="store_true")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--mnist", type=Path, help="mnist.npz")
    parser.add_argument("--size", type=int, default=16, choices=(8, 16, 32))
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=240.0, help="of each run")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--systems", nargs="+", default=list(SYSTEMS))
    parser.add_argument("--data", type=Path, default=ROOT / "data")
    parser.add_argument("--work", type=Path, help="finished runs are kept here")
    parser.add_argument("--job", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    reports = arguments.data / "08_reporting/benchmarks"
    arguments.work = arguments.work or reports / "generators_gan"
    if arguments.job:
        print("RESULT", json.dumps(run_own_job(arguments)))
        return
    facts = {"machine": platform.machine(), "torch": torch.__version__}
    if arguments.speed:
        figures = {**facts, **measure_speed(arguments.repeats)}
        write_text(reports / "generators_gan_speed.json", json.dumps(figures, indent=1))
    if arguments.quality:
        if arguments.mnist is None:
            parser.error("--quality needs --mnist")
        rows = measure_quality(arguments)
        text = json.dumps({**facts, "rows": rows}, indent=1)
        write_text(reports / "generators_gan_quality.json", text)


if __name__ == "__main__":
    main()
