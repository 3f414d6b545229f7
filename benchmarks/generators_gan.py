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
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np
import torch
from generators_gan_jobs import (
    LABELS,
    NUM_FOR_EXTRACTOR,
    NUM_GENERATED,
    SPEED_BATCH,
    SPEED_SHAPE,
    SYSTEMS,
    read_digits,
    time_ours,
    time_plain,
    train_system,
)
from numpy.typing import NDArray
from processes import run_job

from taojin.core.files import write_text
from taojin.evaluation.distances.measure import DistancesConfig, measure_distances
from taojin.evaluation.extractors.image import ImageNetworkExtractor
from taojin.features.images import ImageForm
from taojin.models.image_network import load_image_network
from taojin.training.config import TrainingConfig
from taojin.training.extractors import (
    ExtractorConfig,
    accuracy,
    save_extractor,
    train_image_extractor,
)

ROOT = Path(__file__).parents[1]
NUM_REAL = 2000
AIM = 1.5
"""Times as fast as the plain loop."""


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
