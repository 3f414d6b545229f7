"""Full finetuning and low-rank adapters beside the simplest classifier.

    python benchmarks/finetuning.py --texts ../shared/data/banking77 --base FOLDER

The base is a pretrained model of this project, such as ``data/06_models/
pretrained_model`` of the main job. The floor is TF-IDF of words and characters with a
linear support vector machine, which any finetuned model must beat to be worth its time.
Settings are chosen with ``--choose``, which holds a part of the train split out and
leaves the test split alone; without it all of the train split is trained on, by the
floor as well.
"""

import argparse
import json
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

from taojin.core.files import write_text
from taojin.core.randomness import generator
from taojin.evaluation.intervals import IntervalConfig, bootstrap_mean
from taojin.models.prediction import predict_labels
from taojin.training.config import TrainingConfig
from taojin.training.finetuning import finetune_classifier
from taojin.training.finetuning_config import (
    ClassifierFinetuningConfig,
    LowRankConfig,
)

ROOT = Path(__file__).parent.parent
NUM_HELD_OUT = 1500
"""Of about ten thousand; a share of them is known to about one point."""


def read_examples(folder: Path, *, choose: bool) -> pd.DataFrame:
    """Texts, labels and splits, ``train`` and the one to measure, ``test``."""
    parts = []
    for split in ("train", "test"):
        table = pd.read_csv(folder / f"{split}.csv")
        columns = {"text": table["text"], "label": table["category"], "split": split}
        parts.append(pd.DataFrame(columns))
    if not choose:
        return pd.concat(parts, ignore_index=True)
    known = parts[0]
    draw = generator(1, "validation")
    held_out = draw.choice(len(known), NUM_HELD_OUT, replace=False)
    known.loc[held_out, "split"] = "test"
    return known


def floor(examples: pd.DataFrame) -> np.ndarray:
    """Whether a linear model is right, by text."""
    features = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
    )
    model = make_pipeline(features, LinearSVC())
    known = examples.loc[examples["split"] == "train"]
    model.fit(known["text"], known["label"])
    test = examples.loc[examples["split"] == "test"]
    return model.predict(test["text"]) == test["label"].to_numpy()


def finetuned(
    examples: pd.DataFrame,
    arguments: argparse.Namespace,
    seed: int,
    adapter: LowRankConfig | None = None,
    *,
    from_scratch: bool = False,
) -> np.ndarray:
    """Whether a finetuned model is right, by text."""
    config = ClassifierFinetuningConfig(
        max_tokens=64,
        dropout=arguments.dropout,
        adapter=adapter,
        training=TrainingConfig(
            num_steps=arguments.steps,
            batch_size=32,
            matrix_learning_rate=0.015,
            embedding_learning_rate=0.003,
            head_learning_rate=0.01,
            decay_fraction=0.9,
            num_threads=1,
            seed=seed,
        ),
    )
    base = arguments.base
    made = finetune_classifier(examples, base, config, from_scratch=from_scratch)
    test = examples.loc[examples["split"] == "test"]
    shares = predict_labels(made.model, made.tokenizer, list(test["text"]))
    return shares.idxmax(axis=1).to_numpy() == test["label"].to_numpy()


def measured(
    ways: dict[str, Callable[[int], np.ndarray]], num_seeds: int
) -> dict[str, dict[str, Any]]:
    """Accuracy of every way, over the seeds, and how much better than others it is.

    Intervals are of a mean over the texts, which all ways share; that of a text is
    over the seeds. The floor has no seed.
    """
    results: dict[str, dict[str, Any]] = {}
    right: dict[str, np.ndarray] = {}
    for name, way in ways.items():
        start = time.process_time()
        runs = [way(seed) for seed in range(1 if name == FLOOR else num_seeds)]
        right[name] = np.mean(runs, axis=0)
        results[name] = {
            "accuracy": _interval(right[name]),
            "by_seed": [float(run.mean()) for run in runs],
            "cpu_seconds": (time.process_time() - start) / len(runs),
            "more_than": {
                other: _interval(right[name] - before)
                for other, before in right.items()
                if other != name
            },
        }
        print_row(name, results[name])
    return results


def print_row(name: str, row: dict[str, Any]) -> None:
    """One way, and its differences from those before it."""
    by_seed = ", ".join(f"{100 * value:.2f}" for value in row["by_seed"])
    print(
        f"{name:14}{_points(row['accuracy'])} %  ({by_seed})"
        f"{row['cpu_seconds']:8.0f} CPU s a seed"
    )
    for other, difference in row["more_than"].items():
        print(f"{'':14}{_points(difference)} points more than {other}", flush=True)


def _interval(values: np.ndarray) -> tuple[float, float, float]:
    found = bootstrap_mean(values.astype(float), IntervalConfig())
    return found.value, found.low, found.high


def _points(estimate: tuple[float, float, float]) -> str:
    value, low, high = (100 * number for number in estimate)
    return f"{value:7.2f} [{low:.2f}, {high:.2f}]"


FLOOR = "TF-IDF + SVM"


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument(
        "--base", type=Path, default=ROOT / "data/06_models/pretrained_model"
    )
    parser.add_argument("--steps", type=int, default=900)
    parser.add_argument("--dropout", type=float, default=0.2)
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--adapter-rate", type=float, default=4e-3)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--choose", action="store_true", help="leave test alone")
    parser.add_argument("--only", nargs="*")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    examples = read_examples(arguments.texts, choose=arguments.choose)
    adapter = LowRankConfig(
        rank=arguments.rank,
        alpha=2.0 * arguments.rank,
        learning_rate=arguments.adapter_rate,
        train_embeddings=True,  # the base has read little English like this
    )
    common = (examples, arguments)
    ways: dict[str, Callable[[int], np.ndarray]] = {
        FLOOR: lambda _: floor(examples),
        "full": lambda seed: finetuned(*common, seed),
        "adapters": lambda seed: finetuned(*common, seed, adapter),
        "from scratch": lambda seed: finetuned(*common, seed, from_scratch=True),
    }
    chosen = {name: ways[name] for name in arguments.only or ways}
    figures = {
        "machine": platform.machine(),
        "arguments": {key: str(value) for key, value in vars(arguments).items()},
        "results": measured(chosen, arguments.seeds),
    }
    path = ROOT / "data/08_reporting/benchmarks/finetuning.json"
    write_text(path, json.dumps(figures, indent=1))
    print(f"written to {path}")


if __name__ == "__main__":
    main()
