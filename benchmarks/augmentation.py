"""Gain of every augmentation, each alone against none, paired over seeds.

    python benchmarks/augmentation.py [--shared DIR] [--kinds images recordings texts]
        [--seeds N]

A small classifier is trained on few labelled items and tested on real ones that nothing
is done to: handwritten digits of MNIST and spoken digits of FSDD by the network of
``taojin.models.image_network``, under the project's loop; questions of BANKING77 and
news of FinNL by TF-IDF and logistic regression, on the texts and varied copies of them.
A seed decides which items are labelled, the initial weights and the order of batches, so
that the runs of a seed differ in the augmentation alone; the interval is that of
Student's t over the paired differences. Operations have the probability of the project's
defaults and its default ranges. Prints a table, those that hurt too, and writes
``data/08_reporting/benchmarks/augmentation.json``.
"""

import argparse
import csv
import io
import json
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats
from scipy.io import wavfile
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from taojin.core.files import write_text
from taojin.core.randomness import derive_seed, generator
from taojin.features.augmentation.images import (
    IMAGE_OPERATIONS,
    ImageAugmentationConfig,
    augment_batch,
)
from taojin.features.augmentation.recordings import (
    RecordingAugmentationConfig,
    SpectrogramMaskingConfig,
    augment_recording,
    mask_spectrograms,
)
from taojin.features.augmentation.spans import SpanMaskingConfig, mask_spans
from taojin.features.augmentation.texts import (
    PARAPHRASE_RULES,
    ParaphraseConfig,
    TextAugmentationConfig,
    augment_texts,
)
from taojin.features.spectrograms import SpectrogramConfig, spectrogram_planes
from taojin.models.image_network import ImageNetwork, ImageNetworkShape
from taojin.training.batches import BucketedSequences
from taojin.training.config import TrainingConfig
from taojin.training.extractors import PlaneBatch, PlaneClassification
from taojin.training.loop import train

ROOT = Path(__file__).parents[1]
NONE = "none"
PROBABILITY = 0.5
NUM_LABELLED = {"images": 300, "recordings": 200, "texts_zh": 300}
TEXTS_A_CLASS = 5
NUM_TEST = 2000
STEPS, BATCH_SIZE = 400, 32
NUM_COPIES = 4
"""Varied copies of each recording and text."""
NUM_TEST_TAKES = 5
"""Of each speaker and digit, as FSDD's authors divide it."""

Run = Callable[[str, int], float]
"""Accuracy of an augmentation with a seed."""


Look = Callable[[list[int], int], Tensor]
"""Inputs of some items, as the batch with a number sees them."""


class Varied:
    """Batches of items that look different every time."""

    def __init__(self, look: Look, targets: Tensor, seed: int) -> None:
        self.look, self.targets = look, targets
        places = list(range(len(targets)))
        self.source: BucketedSequences[int, list[int]] = BucketedSequences(
            places, [1] * len(places), list, BATCH_SIZE, seed
        )

    def batch(self, index: int) -> PlaneBatch:
        """Make the batch with this number."""
        places = self.source.batch(index)
        return PlaneBatch(self.look(places, index), self.targets[places])


@dataclass(frozen=True)
class Planes:
    """Pictures or spectrograms with their classes: some to learn from, some to test.

    Attributes:
        inputs: ``[items, channels, height, width]``.
        targets: ``[items]``.
        test_inputs: Real ones.
        test_targets: Their classes.
    """

    inputs: Tensor
    targets: Tensor
    test_inputs: Tensor
    test_targets: Tensor


def trained_accuracy(planes: Planes, look: Look, seed: int) -> float:
    """Train a network on the items, varied; test it on real ones."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = ImageNetwork(
            ImageNetworkShape(
                num_channels=1,
                height=planes.inputs.shape[2],
                width=planes.inputs.shape[3],
                widths=(8, 16, 32),
                labels=tuple("0123456789"),
                input_mean=float(planes.inputs.mean()),
                input_deviation=float(planes.inputs.std()),
            )
        )
    config = TrainingConfig(
        num_steps=STEPS, batch_size=BATCH_SIZE, num_threads=1, seed=seed
    )
    train(PlaneClassification(network), Varied(look, planes.targets, seed), config)
    with torch.no_grad():
        found = [network(some).argmax(-1) for some in planes.test_inputs.split(500)]
    return float((torch.cat(found) == planes.test_targets).float().mean())


def images(shared: Path) -> tuple[list[str], Run]:
    """Handwritten digits; a batch is varied whenever it is seen."""
    with np.load(shared / "mnist/mnist.npz") as arrays:
        pixels, labels = arrays["x_train"], arrays["y_train"].astype(np.int64)
        test = arrays["x_test"][:NUM_TEST], arrays["y_test"][:NUM_TEST].astype(np.int64)
    base = ImageAugmentationConfig()
    ways = {
        **{name: (name,) for name in IMAGE_OPERATIONS if name != "saturation"},
        "all geometry but flips": ("rotation", "scaling", "translation", "cropping"),
        "all but flips": tuple(n for n in IMAGE_OPERATIONS if "flip" not in n),
    }

    def run(way: str, seed: int) -> float:
        rows = generator(seed, "labelled").permutation(len(pixels))
        rows = rows[: NUM_LABELLED["images"]]
        planes = Planes(
            torch.from_numpy(pixels[rows])[:, None] / 255.0,
            torch.from_numpy(labels[rows]),
            torch.from_numpy(test[0])[:, None] / 255.0,
            torch.from_numpy(test[1]),
        )
        config = base.model_copy(
            update={f"{name}_probability": PROBABILITY for name in IMAGE_OPERATIONS}
        )
        chosen = base if way == "defaults" else config.only(*ways.get(way, ()))

        def look(places: list[int], index: int) -> Tensor:
            draws = torch.Generator().manual_seed(derive_seed(seed, "vary", index))
            return augment_batch(planes.inputs[places], chosen, draws)

        return trained_accuracy(planes, look, seed)

    return [*ways, "defaults"], run


def recordings(shared: Path) -> tuple[list[str], Run]:
    """Spoken digits; varied copies of a recording take turns, masks change always."""
    form = SpectrogramConfig(
        sample_rate=8000,
        fft_size=256,
        window_size=200,
        hop_size=100,
        num_bands=32,
        num_frames=48,
    )
    sounds: list[NDArray[np.float32]] = []
    labels, takes = [], []
    with zipfile.ZipFile(shared / "fsdd/recordings.zip") as archive:
        for name in sorted(n for n in archive.namelist() if n.endswith(".wav")):
            digit, _, take = Path(name).stem.split("_")
            _, samples = wavfile.read(io.BytesIO(archive.read(name)))
            sounds.append(samples.astype(np.float32) / 32768.0)
            labels.append(int(digit))
            takes.append(int(take))
    targets, is_test = np.asarray(labels), np.asarray(takes) < NUM_TEST_TAKES
    test_rows = np.flatnonzero(is_test)
    test = spectrogram_planes([sounds[row] for row in test_rows], form)
    names = ("speed", "shift", "gain", "masking", "noise")
    off = RecordingAugmentationConfig(**{f"{name}_probability": 0.0 for name in names})
    masks = {
        "time masks": SpectrogramMaskingConfig(num_frequency_masks=0),
        "frequency masks": SpectrogramMaskingConfig(num_time_masks=0),
    }

    def run(way: str, seed: int) -> float:
        rows = generator(seed, "labelled").permutation(np.flatnonzero(~is_test))
        rows = rows[: NUM_LABELLED["recordings"]]
        on = names if way == "all of time" else (way,) if way in names else ()
        config = off.model_copy(
            update={f"{name}_probability": PROBABILITY for name in on}
        )
        if way == "defaults":
            config = RecordingAugmentationConfig()
        random = generator(seed, "recordings")
        chosen = [sounds[row] for row in rows]
        copies = torch.from_numpy(
            np.stack(
                [
                    spectrogram_planes(
                        [augment_recording(one, config, random) for one in chosen], form
                    )
                    for _ in range(NUM_COPIES if config != off else 1)
                ]
            )
        )
        planes = Planes(
            copies[0],
            torch.from_numpy(targets[rows]),
            torch.from_numpy(test),
            torch.from_numpy(targets[test_rows]),
        )

        def look(places: list[int], index: int) -> Tensor:
            own = generator(seed, "vary", index)
            inputs = copies[own.integers(len(copies), size=len(places)), places]
            if way not in masks:
                return inputs
            return torch.from_numpy(mask_spectrograms(inputs.numpy(), masks[way], own))

        return trained_accuracy(planes, look, seed)

    return [*names, "all of time", *masks, "defaults"], run


def texts_en(shared: Path) -> tuple[list[str], Run]:
    """Questions of 77 kinds."""

    def read(name: str) -> tuple[list[str], list[str]]:
        with (shared / f"banking77/{name}.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        return [row["text"] for row in rows], [row["category"] for row in rows]

    texts, labels = read("train")
    return _texts("english", (texts, labels), read("test"), TEXTS_A_CLASS)


def texts_zh(shared: Path) -> tuple[list[str], Run]:
    """News of the ten most frequent kinds."""

    def read(name: str) -> list[list[str]]:
        path = shared / f"fincuge_finnl/{name}_list.json"
        return json.loads(path.read_text(encoding="utf-8"))

    rows, test = read("train"), read("eval")
    kinds = {kind for kind, _ in Counter(label for _, label in rows).most_common(10)}
    pairs = [
        tuple(zip(*[row for row in some if row[1] in kinds], strict=True))
        for some in (rows, test)
    ]
    (texts, labels), (test_texts, test_labels) = pairs
    return _texts(
        "chinese",
        (list(texts), list(labels)),
        (list(test_texts[:NUM_TEST]), list(test_labels[:NUM_TEST])),
        NUM_LABELLED["texts_zh"] // 10,
    )


def _texts(
    language: str,
    known: tuple[list[str], list[str]],
    test: tuple[list[str], list[str]],
    num_a_class: int,
) -> tuple[list[str], Run]:
    rules = [name for name in PARAPHRASE_RULES if name.startswith(language)]
    off = dict.fromkeys(PARAPHRASE_RULES, 0.0)
    ways: dict[str, ParaphraseConfig] = {
        **{
            name: ParaphraseConfig(probabilities={**off, name: PROBABILITY})
            for name in rules
        },
        "all rules": ParaphraseConfig(probability=PROBABILITY),
    }
    spans = {"spans left out": SpanMaskingConfig(mask=None)}

    def varied(way: str, texts: Sequence[str], seed: int) -> list[list[str]]:
        if way in ways:
            config = TextAugmentationConfig(paraphrase=ways[way])
            return [
                augment_texts(texts, config, seed, copy) for copy in range(NUM_COPIES)
            ]
        if way in spans:
            random = generator(seed, "spans")
            return [
                [mask_spans(text, spans[way], random) for text in texts]
                for _ in range(NUM_COPIES)
            ]
        return [list(texts)] * NUM_COPIES

    def run(way: str, seed: int) -> float:
        order = generator(seed, "labelled").permutation(len(known[0]))
        taken: Counter[str] = Counter()
        rows = []
        for row in order.tolist():
            if taken[known[1][row]] < num_a_class:
                taken[known[1][row]] += 1
                rows.append(row)
        texts, labels = ([side[row] for row in rows] for side in known)
        copies = [texts, *varied(way, texts, seed)]
        analyser = "char" if language == "chinese" else "word"
        features = TfidfVectorizer(
            analyzer=analyser, ngram_range=(1, 2), sublinear_tf=True
        )
        inputs = features.fit_transform([text for copy in copies for text in copy])
        student = LogisticRegression(C=20.0 / len(copies), max_iter=300)
        student.fit(inputs, labels * len(copies))
        found = student.predict(features.transform(test[0]))
        return float(np.mean(found == np.asarray(test[1])))

    return [*rules, "all rules", *spans], run


KINDS: Mapping[str, Callable[[Path], tuple[list[str], Run]]] = {
    "images": images,
    "recordings": recordings,
    "texts_en": texts_en,
    "texts_zh": texts_zh,
}


def measure(kind: str, shared: Path, num_seeds: int) -> list[dict[str, Any]]:
    """Run every way with every seed; print and return a row each."""
    ways, run = KINDS[kind](shared)
    started = time.process_time()
    base = np.array([run(NONE, seed) for seed in range(num_seeds)])
    print(f"\n{kind}: without augmentation {base.mean():.4f}, {num_seeds} seeds")
    print(f"{'augmentation':28}{'accuracy':>9}{'gain':>9}  95 % interval")
    rows = [{"way": NONE, "accuracies": base.tolist()}]
    for way in ways:
        found = np.array([run(way, seed) for seed in range(num_seeds)])
        gains = found - base
        error = float(stats.sem(gains))
        half = float(stats.t.ppf(0.975, num_seeds - 1)) * error
        gain = float(gains.mean())
        print(
            f"{way:28}{found.mean():>9.4f}{gain:>+9.4f}  "
            f"[{gain - half:+.4f}, {gain + half:+.4f}]",
            flush=True,
        )
        rows.append(
            {
                "way": way,
                "accuracies": found.tolist(),
                "gain": gain,
                "low": gain - half,
                "high": gain + half,
            }
        )
    print(f"{time.process_time() - started:.0f} CPU seconds")
    return rows


def main() -> None:
    """Measure every kind that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared/data")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--seeds", type=int, default=6)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    figures = {
        kind: measure(kind, arguments.shared, arguments.seeds)
        for kind in arguments.kinds
    }
    path = ROOT / "data/08_reporting/benchmarks/augmentation.json"
    write_text(path, json.dumps(figures, indent=1))
    print(f"written to {path}")


if __name__ == "__main__":
    main()
