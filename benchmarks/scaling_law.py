"""A scaling law fitted to small models, checked on one four times larger.

Uses the documents of a finished run (``make run`` first) under a small vocabulary, so
that the blocks and not the output matrix take the time. Trains a ladder of sizes and
numbers of tokens, fits L(N, D) = E + A/N^alpha + B/D^beta, predicts the loss of a model
with four times the parameters of the largest of the ladder, and only then trains it.
One thread, CPU seconds of this process; prints a table and writes
``data/08_reporting/benchmarks/scaling_law.json``. About ten CPU minutes; trainings that
are done are kept in ``data/.work/scaling_law`` and not repeated.
"""

import argparse
import json
import platform
import time
from pathlib import Path

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
LADDER = ((1, 32), (2, 32), (2, 48), (3, 64))
"""Depth and width: 11, 22, 50 and 135 thousand parameters in the blocks."""
HELD_OUT = (4, 112)
"""Four times the last of the ladder."""
NUM_TOKENS = (262_144, 524_288, 1_048_576, 2_097_152)
MAX_ERROR = 0.02


def main() -> None:
    """Train the ladder, predict, train the held-out size, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "data")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    work = arguments.data / ".work/scaling_law"
    tokens, tokenizer = shards(arguments.data, work)
    runs = pd.DataFrame(
        [
            training(tokens, tokenizer, work, shape, num_tokens, arguments.seed)
            for shape in LADDER
            for num_tokens in NUM_TOKENS
        ]
    )
    law = fit_scaling_law(runs)
    size = 4.0 * runs["size"].max()
    config = ScalingLawConfig()
    blind = predict_loss(runs, size, NUM_TOKENS[-1], config)
    held_out = training(
        tokens, tokenizer, work, HELD_OUT, NUM_TOKENS[-1], arguments.seed
    )
    # The width is a whole number: the model has not exactly four times as many.
    predicted = predict_loss(runs, held_out["size"], NUM_TOKENS[-1], config)
    error = predicted.value / held_out["loss"] - 1.0
    report = {
        "runs": runs.to_dict("records"),
        "law": describe(law),
        "held_out": held_out,
        "times_larger": held_out["size"] / float(runs["size"].max()),
        "predicted": predicted.model_dump(),
        "predicted_at_exactly_four_times": blind.model_dump(),
        "relative_error": error,
        "within_limit": abs(error) <= MAX_ERROR,
        "cpu_seconds": float(runs["cpu_seconds"].sum()) + held_out["cpu_seconds"],
        "machine": platform.processor() or platform.machine(),
        "torch": torch.__version__,
        "seed": arguments.seed,
    }
    path = arguments.data / "08_reporting/benchmarks/scaling_law.json"
    write_text(path, json.dumps(report, indent=1))
    show(runs, report)


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


def training(
    tokens: TokenShards,
    tokenizer: str,
    work: Path,
    shape: tuple[int, int],
    num_tokens: int,
    seed: int,
) -> dict[str, float]:
    """Train one model, or read what came of it before."""
    config = settings(shape, num_tokens, seed)
    key = fingerprint_of(config, tokens.fingerprint)
    saved = work / "runs" / f"{key}.json"
    if saved.exists():
        return json.loads(saved.read_text(encoding="utf-8"))
    started = time.process_time()
    output = work / "model"
    history = pretrain_language_model(
        tokens, config, output=output, tokenizer_json=tokenizer
    )
    seconds = time.process_time() - started
    named = load_language_model(output).named_parameters()
    size = sum(weight.numel() for name, weight in named if ".layers." in name)
    result = {
        "depth": shape[0],
        "width": shape[1],
        "size": size,
        "num_tokens": num_tokens,
        "loss": history[-1]["validation_loss"],
        "cpu_seconds": seconds,
    }
    write_text(saved, json.dumps(result))
    return result


def settings(shape: tuple[int, int], num_tokens: int, seed: int) -> PretrainingConfig:
    """The same settings at every rung; the law is about size and tokens alone."""
    depth, width = shape
    num_steps = num_tokens // (BATCH_SIZE * CONTEXT_LENGTH)
    return PretrainingConfig(
        model=LanguageModelConfig(
            depth=depth, width=width, context_length=CONTEXT_LENGTH
        ),
        training=TrainingConfig(
            num_steps=num_steps,
            batch_size=BATCH_SIZE,
            matrix_learning_rate=0.03,
            embedding_learning_rate=0.02,
            head_learning_rate=0.008,
            decay_fraction=0.7,
            validate_every=num_steps,
            validation_batches=128,
            restore_best=False,
            num_threads=1,
            seed=seed,
        ),
    )


def show(runs: pd.DataFrame, report: dict) -> None:
    """Print the ladder and the verdict."""
    losses = runs.pivot_table(index="size", columns="num_tokens", values="loss")
    print("validation loss (nats a token) by parameters of the blocks and tokens")
    print(losses.round(4).to_string())
    law, predicted, found = report["law"], report["predicted"], report["held_out"]
    print(
        f"L(N, D) = {law['irreducible']:.3f} + {law['size_scale']:.3g} / "
        f"N^{law['size_exponent']:.3f} + {law['tokens_scale']:.3g} / "
        f"D^{law['tokens_exponent']:.3f}; fitted to {law['error']:.2%}"
    )
    print(
        f"{report['times_larger']:.2f} times larger, {found['num_tokens']:,} tokens: "
        f"predicted {predicted['value']:.4f} "
        f"({predicted['confidence']:.0%}: {predicted['low']:.4f} to "
        f"{predicted['high']:.4f}), found {found['loss']:.4f}: "
        f"off by {report['relative_error']:+.2%}, allowed {MAX_ERROR:.0%}"
    )
    print(f"{report['cpu_seconds']:.0f} CPU seconds of training")


if __name__ == "__main__":
    main()
