"""A scaling law fitted to small models, checked on one four times larger.

Uses the documents of a finished run (``make run`` first) under a small vocabulary, so
that the blocks and not the output matrix take the time. Trains a ladder of sizes, each
on tokens in proportion to its weights, fits L(N) = E + A/N^alpha, predicts the loss of
a model four times larger than the largest of the ladder, and only then trains it. The
sizes are one family: two layers, heads 8 wide, a feed-forward layer three times the
width, so that nothing but the width changes. (Ladders whose depth or heads changed,
and one of the same tokens for all sizes, missed: see docs/experiments/0003.)
The rates of AdamW go with the width as in :mod:`taojin.training.scaling_rules`. As a
rehearsal, which needs no held-out model, the ladder predicts its own largest model from
the smaller ones. The same training varies by up to 3 % between seeds, so the law is
fitted to all seeds together, and means are compared.
One thread, CPU seconds of this process; prints a table and writes
``data/08_reporting/benchmarks/scaling_law.json``. Trainings that are done are kept in
``data/.work/scaling_law`` and not repeated.
"""

import argparse
import json
import platform
import time
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from taojin.core.files import write_text
from taojin.core.fingerprints import fingerprint_of
from taojin.core.shards import Shards
from taojin.features.tokenisation import tokenise_documents
from taojin.features.tokenizer import TokenizerConfig, train_tokenizer
from taojin.features.tokens import TokenShards
from taojin.models.config import LanguageModelConfig
from taojin.models.storage import load_language_model
from taojin.training.config import PretrainingConfig, TrainingConfig
from taojin.training.pretraining import pretrain_language_model
from taojin.training.scaling_rules import plan_for
from taojin.training.tuning.scaling_config import ScalingLawConfig
from taojin.training.tuning.scaling_law import (
    describe,
    fit_scaling_law,
    predict_loss,
)

ROOT = Path(__file__).parents[1]
VOCAB_SIZE = 512
CONTEXT_LENGTH = 128
BATCH_SIZE = 8
DEPTH = 2
HEAD_WIDTH = 8
FEED_FORWARD_RATIO = 3
LADDER = (16, 24, 32, 40, 48)
"""Widths: 7, 15, 27, 42 and 60 thousand parameters in the blocks."""
HELD_OUT = 96
"""Four times the blocks of the last of the ladder."""
TOKENS_PER_WEIGHT = 20
"""As Hoffmann et al. 2022 found best; of the blocks."""
MATRIX_RATE = 0.02
RATE_FACTOR = 3.0
"""Times the rates of AdamW by the scaling rules: batches are of 1,024 tokens here."""
MAX_ERROR = 0.02
SAME = 1.0
"""In place of the tokens: they go with the size."""


def main() -> None:
    """Train the ladder, predict, train the held-out size, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "data")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument(
        "--rehearse", action="store_true", help="do not train the held-out size"
    )
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    report = Bench(arguments.data).report(arguments.seeds, rehearse=arguments.rehearse)
    show(report)
    if not arguments.rehearse:
        path = arguments.data / "08_reporting/benchmarks/scaling_law.json"
        facts = {
            "machine": platform.processor() or platform.machine(),
            "torch": torch.__version__,
        }
        write_text(path, json.dumps({**report, **facts}, indent=1))


class Bench:
    """Trainings over the documents of a run, each done once.

    Args:
        data: Root of the artifacts of the run.
    """

    def __init__(self, data: Path) -> None:
        self._work = data / ".work/scaling_law"
        self._tokens, self._tokenizer = shards(data, self._work)

    def report(self, seeds: list[int], *, rehearse: bool) -> dict[str, Any]:
        """What the ladder predicts, and what was found; means over the seeds."""
        runs = pd.DataFrame(
            [self.training(width, seed) for seed in seeds for width in LADDER]
        )
        is_largest = runs["size"] == runs["size"].max()
        report = {
            "seeds": seeds,
            "runs": runs.to_dict("records"),
            "law": describe(fit_scaling_law(by_size(runs))),
            "rehearsal": comparison(runs.loc[~is_largest], runs.loc[is_largest]),
            "cpu_seconds": runs["cpu_seconds"].to_numpy(float).sum().item(),
        }
        if rehearse:
            return report
        # Before the training: nothing of it can have gone into the prediction.
        size = 4.0 * runs["size"].to_numpy(float).max().item()
        blind = predict_loss(by_size(runs), size, SAME)
        held_out = pd.DataFrame([self.training(HELD_OUT, seed) for seed in seeds])
        return {
            **report,
            "predicted_at_four_times": blind.model_dump(),
            "held_out": comparison(runs, held_out),
            "cpu_seconds": report["cpu_seconds"]
            + held_out["cpu_seconds"].to_numpy(float).sum().item(),
        }

    def training(self, width: int, seed: int) -> dict[str, float]:
        """Train one model, or read what came of it before."""
        config = settings(width, seed)
        key = fingerprint_of(config, self._tokens.fingerprint)
        saved = self._work / "runs" / f"{key}.json"
        if saved.exists():
            return json.loads(saved.read_text(encoding="utf-8"))
        started = time.process_time()
        output = self._work / "model"
        history = pretrain_language_model(
            self._tokens, config, output=output, tokenizer_json=self._tokenizer
        )
        seconds = time.process_time() - started
        named = load_language_model(output).named_parameters()
        size = sum(weight.numel() for name, weight in named if ".layers." in name)
        result = {
            "width": width,
            "size": size,
            "num_tokens": history[-1]["num_tokens"],
            "loss": history[-1]["validation_loss"],
            "cpu_seconds": seconds,
        }
        write_text(saved, json.dumps(result))
        return result


def comparison(runs: pd.DataFrame, found: pd.DataFrame) -> dict[str, Any]:
    """What a law of some trainings predicts for others, which differ by seed alone."""
    size = float(found["size"].iloc[0])
    losses = found["loss"].to_numpy(float)
    predicted = predict_loss(by_size(runs), size, SAME, ScalingLawConfig())
    error = predicted.value / losses.mean().item() - 1.0
    return {
        "losses": losses.tolist(),
        "num_tokens": int(found["num_tokens"].iloc[0]),
        "times_larger": size / runs["size"].to_numpy(float).max().item(),
        "predicted": predicted.model_dump(),
        "relative_error": error,
        "within_limit": abs(error) <= MAX_ERROR,
        "within_interval": predicted.low <= losses.mean().item() <= predicted.high,
    }


def by_size(runs: pd.DataFrame) -> pd.DataFrame:
    """The same runs with one number of tokens, so that the law goes by size alone."""
    return runs.assign(num_tokens=SAME)


def shards(data: Path, work: Path) -> tuple[TokenShards, str]:
    """Tokenise the curated documents with a small vocabulary, once."""
    documents = Shards.open(data / "03_primary/curated_documents")
    splits = pd.read_parquet(data / "04_feature/document_splits.parquet")
    saved = work / "tokenizer.json"
    if not saved.exists():
        config = TokenizerConfig(vocab_size=VOCAB_SIZE)
        tokenizer = train_tokenizer(documents, splits, config)
        tokenise_documents(documents, splits, tokenizer, work / "token_shards")
        write_text(saved, tokenizer)
    return TokenShards.open(work / "token_shards"), saved.read_text(encoding="utf-8")


def settings(width: int, seed: int) -> PretrainingConfig:
    """The same settings at every rung, but for rates that follow the width."""
    num_heads = width // HEAD_WIDTH
    model = LanguageModelConfig(
        depth=DEPTH,
        width=width,
        head_width=HEAD_WIDTH,
        num_heads=num_heads,
        num_key_value_heads=num_heads,
        feed_forward_width=FEED_FORWARD_RATIO * width,
        context_length=CONTEXT_LENGTH,
    )
    size = DEPTH * width**2 * (4 + 3 * FEED_FORWARD_RATIO)
    num_steps = TOKENS_PER_WEIGHT * size // (BATCH_SIZE * CONTEXT_LENGTH)
    plan = plan_for(model, VOCAB_SIZE, TOKENS_PER_WEIGHT * size)
    return PretrainingConfig(
        model=model,
        training=TrainingConfig(
            num_steps=num_steps,
            batch_size=BATCH_SIZE,
            matrix_learning_rate=MATRIX_RATE,
            embedding_learning_rate=RATE_FACTOR * plan.embedding_learning_rate,
            head_learning_rate=RATE_FACTOR * plan.head_learning_rate,
            decay_fraction=0.7,
            validate_every=num_steps,
            validation_batches=128,
            restore_best=False,
            num_threads=1,
            seed=seed,
        ),
    )


def show(report: dict[str, Any]) -> None:
    """Print a ladder and the verdict."""
    runs, law = pd.DataFrame(report["runs"]), report["law"]
    losses = runs.groupby(["size", "num_tokens"])["loss"].agg(["mean", "min", "max"])
    print(f"validation loss (nats a token), means over seeds {report['seeds']}")
    print(losses.round(4).to_string())
    print(
        f"L(N) = {law['irreducible']:.3f} + {law['size_scale']:.3g} / "
        f"N^{law['size_exponent']:.3f}; fitted to {law['error']:.2%}"
    )
    for name in ("rehearsal", "held_out"):
        if name in report:
            one = report[name]
            found, predicted = one["losses"], one["predicted"]
            by_seed = ", ".join(f"{loss:.4f}" for loss in found)
            print(
                f"{name}: {one['times_larger']:.2f} times larger, "
                f"{one['num_tokens']:,.0f} tokens: predicted {predicted['value']:.4f} "
                f"({predicted['confidence']:.0%}: {predicted['low']:.4f} to "
                f"{predicted['high']:.4f}), found {sum(found) / len(found):.4f} "
                f"({by_seed}): "
                f"off by {one['relative_error']:+.2%}, allowed {MAX_ERROR:.0%}"
            )
    print(f"{report['cpu_seconds']:.0f} CPU seconds of training")


if __name__ == "__main__":
    main()
