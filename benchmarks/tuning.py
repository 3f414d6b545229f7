"""A search for a learning rate beside a grid of them.

Uses the documents of a finished run (``make run`` first) under a small vocabulary. The
grid trains a small model to its end with 12 rates and two seeds; a parabola through the
mean losses around the best, over the logarithm of the rate, says where the optimum is.
The search (TPE, pruned trials, each of a quarter of the tokens) may take a fifth of the
tokens of the grid. Reported are how far the rate found is from the optimum, and what
the loss at that rate is above the loss there: near the optimum it hardly changes.
One thread a process; prints a table and writes
``data/08_reporting/benchmarks/tuning.json``. About six CPU minutes; trainings and
trials that are done are kept in ``data/.work/tuning_benchmark`` and not repeated.
"""

import argparse
import json
import math
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scaling_law import shards

from taojin.core.files import write_text
from taojin.core.fingerprints import fingerprint_of
from taojin.core.shards import Shards
from taojin.engines import EngineConfig
from taojin.features.tokens import TokenShards
from taojin.models.config import LanguageModelConfig
from taojin.training.config import PretrainingConfig, TrainingConfig
from taojin.training.pretraining import pretrain_language_model
from taojin.training.tuning.config import TuningConfig
from taojin.training.tuning.records import ListRecorder
from taojin.training.tuning.search import search_hyperparameters
from taojin.training.tuning.space import SearchSpace
from taojin.training.tuning.targets import PretrainingTarget
from taojin.training.tuning.winner import best_trial

ROOT = Path(__file__).parents[1]
PATH = "training.matrix_learning_rate"
LOW, HIGH = 0.001, 0.5
RATES = tuple(float(f"{rate:.4g}") for rate in np.geomspace(LOW, HIGH, 12))
GRID_SEEDS = (100, 101)
NUM_TOKENS = 131_072
TRIAL_TOKENS = NUM_TOKENS // 4
BATCH_SIZE = 4
CONTEXT_LENGTH = 128
NUM_TRIALS = 16
PRUNERS = ("median", "hyperband")
MAX_RATIO, MAX_SHARE = 1.5, 0.2


def main() -> None:
    """Train the grid, search with every pruner and seed, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "data")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--pruners", nargs="+", default=list(PRUNERS))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    bench = Bench(arguments.data)
    grid = bench.grid()
    show_grid(grid)
    found = []
    for pruner in arguments.pruners:
        for seed in arguments.seeds:
            found.append(bench.search(pruner, seed, grid))
            show_search(found[-1])
    path = arguments.data / "08_reporting/benchmarks/tuning.json"
    facts = {
        "machine": platform.processor() or platform.machine(),
        "torch": torch.__version__,
    }
    write_text(path, json.dumps({"grid": grid, "searches": found, **facts}, indent=1))


class Bench:
    """Trainings and searches over the documents of a run, each done once.

    Args:
        data: Root of the artifacts of the run.
    """

    def __init__(self, data: Path) -> None:
        self._work = data / ".work/tuning_benchmark"
        tokens, tokenizer = shards(data, data / ".work/scaling_law")
        signals = Shards.open(data / "03_primary/signals")
        self._tokens: TokenShards = tokens
        self._tokenizer = tokenizer
        self._target = PretrainingTarget(tokens, tokenizer, signals)

    def grid(self) -> dict[str, Any]:
        """Mean loss at every rate, and where the optimum is."""
        rows = [self._full(rate, seed) for rate in RATES for seed in GRID_SEEDS]
        losses = np.array([row["loss"] for row in rows]).reshape(len(RATES), -1)
        optimum, lowest = parabola(losses.mean(axis=1))
        return {
            "rates": list(RATES),
            "losses": losses.tolist(),
            "optimum": optimum,
            "lowest": lowest,
            "num_tokens": NUM_TOKENS * len(rows),
            "cpu_seconds": sum(row["cpu_seconds"] for row in rows),
        }

    def search(self, pruner: str, seed: int, grid: dict[str, Any]) -> dict[str, Any]:
        """Search, and train with the winner on the seeds of the grid."""
        config = TuningConfig.model_validate(
            {
                "space": [{"path": PATH, "low": LOW, "high": HIGH, "log": True}],
                "num_trials": NUM_TRIALS,
                "max_tokens": TRIAL_TOKENS,
                "include_default": False,
                "sampler": {"name": "tpe", "num_startup_trials": 5},
                "pruner": {"name": pruner, "num_startup_trials": 3, "min_percent": 30},
                "num_reports": 10,
                "seed": seed,
            }
        )
        trials = search_hyperparameters(
            self._target,
            SearchSpace(config, settings(0.02, seed)),
            engine=EngineConfig(num_workers=1),
            workspace=self._work,
            recorder=ListRecorder(),
        )
        rate = float(best_trial(trials)[PATH])
        # Not part of the search: what the rate is worth in a training to the end.
        losses = [self._full(rate, one)["loss"] for one in GRID_SEEDS]
        num_tokens = int(trials["num_tokens"].to_numpy(float).sum())
        apart = max(rate / grid["optimum"], grid["optimum"] / rate)
        share = num_tokens / grid["num_tokens"]
        return {
            "pruner": pruner,
            "seed": seed,
            "rate": rate,
            "times_apart": apart,
            "regret": float(np.mean(losses)) - min(np.mean(grid["losses"], axis=1)),
            "num_trials": trials["state"].value_counts().to_dict(),
            "num_tokens": num_tokens,
            "share_of_grid": share,
            "cpu_seconds": float(trials["cpu_seconds"].to_numpy(float).sum()),
            "within_limits": apart <= MAX_RATIO and share <= MAX_SHARE,
        }

    def _full(self, rate: float, seed: int) -> dict[str, float]:
        config = settings(rate, seed)
        key = fingerprint_of(config, self._tokens.fingerprint)
        saved = self._work / "runs" / f"{key}.json"
        if saved.exists():
            return json.loads(saved.read_text(encoding="utf-8"))
        started = time.process_time()
        history = pretrain_language_model(
            self._tokens,
            config,
            output=self._work / "model",
            tokenizer_json=self._tokenizer,
        )
        result = {
            "loss": min(row["validation_loss"] or math.inf for row in history),
            "cpu_seconds": time.process_time() - started,
        }
        write_text(saved, json.dumps(result))
        return result


def settings(rate: float, seed: int) -> PretrainingConfig:
    """A small model, trained to its end; the rate of the matrices is what is sought."""
    num_steps = NUM_TOKENS // (BATCH_SIZE * CONTEXT_LENGTH)
    return PretrainingConfig(
        model=LanguageModelConfig(depth=2, width=64, context_length=CONTEXT_LENGTH),
        training=TrainingConfig(
            num_steps=num_steps,
            batch_size=BATCH_SIZE,
            matrix_learning_rate=rate,
            embedding_learning_rate=0.03,
            head_learning_rate=0.015,
            validate_every=num_steps,
            validation_batches=32,
            restore_best=False,
            num_threads=1,
            seed=seed,
        ),
    )


def parabola(losses: np.ndarray) -> tuple[float, float]:
    """Optimum and its loss from the best rate and two neighbours on each side."""
    best = int(losses.argmin())
    near = slice(max(0, best - 2), best + 3)
    logs = np.log(RATES[near])
    curve = np.polynomial.Polynomial.fit(logs, losses[near], 2).convert()
    _, slope, bend = curve.coef
    if bend <= 0.0:
        return RATES[best], float(losses[best])
    place = float(np.clip(-slope / (2.0 * bend), logs[0], logs[-1]))
    return math.exp(place), float(curve(place))


def show_grid(grid: dict[str, Any]) -> None:
    """Print the losses of the grid."""
    for rate, losses in zip(grid["rates"], grid["losses"], strict=True):
        print(f"{rate:8.4f}  " + "  ".join(f"{loss:.4f}" for loss in losses))
    print(
        f"optimum {grid['optimum']:.4f} (loss {grid['lowest']:.4f}), "
        f"{grid['num_tokens']:,} tokens, {grid['cpu_seconds']:.0f} CPU seconds"
    )


def show_search(found: dict[str, Any]) -> None:
    """Print the verdict on a search."""
    print(
        f"{found['pruner']}, seed {found['seed']}: rate {found['rate']:.4f}, "
        f"{found['times_apart']:.2f} times from the optimum (allowed {MAX_RATIO}), "
        f"loss {found['regret']:+.4f}; {found['num_trials']}, "
        f"{found['share_of_grid']:.1%} of the grid's tokens (allowed {MAX_SHARE:.0%}), "
        f"{found['cpu_seconds']:.0f} CPU seconds"
    )


if __name__ == "__main__":
    main()
