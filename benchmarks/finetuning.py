"""Full finetuning and low-rank adapters beside the simplest classifier.

    python benchmarks/finetuning.py --texts ../shared/data/banking77 --base FOLDER

The base is a pretrained model of this project, such as ``data/06_models/
pretrained_model`` of the main job. The floor is TF-IDF of words and characters with a
linear support vector machine, which any finetuned model must beat to be worth its time.
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
from taojin.models.prediction import predict_labels
from taojin.training.config import TrainingConfig
from taojin.training.finetuning import finetune_classifier
from taojin.training.finetuning_config import (
    ClassifierFinetuningConfig,
    LowRankConfig,
)

ROOT = Path(__file__).parent.parent
NUM_VALIDATION = 500


def read_examples(folder: Path) -> pd.DataFrame:
    """Texts, labels and splits; a part of the train split is for validation."""
    parts = []
    for split in ("train", "test"):
        table = pd.read_csv(folder / f"{split}.csv")
        columns = {"text": table["text"], "label": table["category"], "split": split}
        parts.append(pd.DataFrame(columns))
    examples = pd.concat(parts, ignore_index=True)
    known = np.flatnonzero(examples["split"] == "train")
    held_out = generator(0, "validation").choice(known, NUM_VALIDATION, replace=False)
    examples.loc[held_out, "split"] = "validation"
    return examples


def floor(examples: pd.DataFrame) -> float:
    """Accuracy of a linear model; validation examples are trained on, too."""
    features = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
    )
    model = make_pipeline(features, LinearSVC())
    known = examples.loc[examples["split"] != "test"]
    model.fit(known["text"], known["label"])
    test = examples.loc[examples["split"] == "test"]
    return float((model.predict(test["text"]) == test["label"]).mean())


def finetuned(
    examples: pd.DataFrame,
    base: Path,
    num_steps: int,
    seed: int,
    adapter: LowRankConfig | None = None,
    *,
    from_scratch: bool = False,
) -> float:
    """Accuracy on the test split."""
    config = ClassifierFinetuningConfig(
        max_tokens=64,
        dropout=0.2,
        adapter=adapter,
        training=TrainingConfig(
            num_steps=num_steps,
            batch_size=32,
            matrix_learning_rate=0.015,
            embedding_learning_rate=0.003,
            head_learning_rate=0.01,
            decay_fraction=0.9,
            validate_every=200,
            num_threads=1,
            seed=seed,
        ),
    )
    made = finetune_classifier(examples, base, config, from_scratch=from_scratch)
    test = examples.loc[examples["split"] == "test"]
    shares = predict_labels(made.model, made.tokenizer, list(test["text"]))
    return float((shares.idxmax(axis=1).to_numpy() == test["label"]).mean())


def _timed(measure: Callable[[], float]) -> dict[str, float]:
    start = time.process_time()
    accuracy = measure()
    return {"accuracy": accuracy, "cpu_seconds": time.process_time() - start}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument(
        "--base", type=Path, default=ROOT / "data/06_models/pretrained_model"
    )
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--adapter-rate", type=float, default=4e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    examples = read_examples(arguments.texts)
    adapter = LowRankConfig(
        rank=arguments.rank,
        alpha=2.0 * arguments.rank,
        learning_rate=arguments.adapter_rate,
    )
    common = (examples, arguments.base, arguments.steps, arguments.seed)
    ways: dict[str, Callable[[], float]] = {
        "TF-IDF + SVM": lambda: floor(examples),
        "full": lambda: finetuned(*common),
        "adapters": lambda: finetuned(*common, adapter),
        "from scratch": lambda: finetuned(*common, from_scratch=True),
    }
    results: dict[str, Any] = {}
    for name in arguments.only or ways:
        results[name] = _timed(ways[name])
        row = results[name]
        print(f"{name:14}{100 * row['accuracy']:8.2f} %{row['cpu_seconds']:10.0f} s")
    figures = {
        "machine": platform.machine(),
        "arguments": {key: str(value) for key, value in vars(arguments).items()},
        "results": results,
    }
    path = ROOT / "data/08_reporting/benchmarks/finetuning.json"
    write_text(path, json.dumps(figures, indent=1))
    print(f"written to {path}")


if __name__ == "__main__":
    main()
