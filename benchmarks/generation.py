"""Speed of sampling beside its peers: same weights, same machine, same run.

    python benchmarks/generation.py [--transformers PYTHON] [--nanogpt DIR] [--large]

Counted are new tokens per CPU second of one thread, at temperature 0.8 and top-k 40,
models loaded before; the best of some runs, systems in turn. Two models: one of random
weights with 65 tokens, the shape of the CPU settings in nanoGPT's README; and what
``kedro run`` pretrained, if it is there. ``--transformers`` is a Python that has
Transformers, ``--nanogpt`` a checkout; a peer that is not named is left out.
``--large`` adds the shape of GPT-2's smallest model in three precisions. Prints a table
and writes ``data/08_reporting/benchmarks/generation.json``.
"""

import argparse
import json
import platform
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import torch
from processes import run_job
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from taojin.core.files import write_text
from taojin.models.config import LanguageModelConfig
from taojin.models.encoding import END_OF_DOCUMENT
from taojin.models.language_model import LanguageModel
from taojin.models.storage import save_model

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent
OURS = HERE / "generation_jobs.py"
TRANSFORMERS = HERE / "peers/transformers_sampling.py"
NANOGPT = HERE / "peers/nanogpt_sampling.py"
NUM_ROUNDS = 3
COMPARISONS = (
    ("small", "transformers", 1, 3.0),
    ("small", "transformers", 16, 2.0),
    ("pretrained", "transformers", 1, 3.0),
    ("pretrained", "transformers", 16, 2.0),
    ("small", "nanogpt", 1, 3.0),
    ("small", "nanogpt", 16, 10.0),
)
"""Model, peer, batch size, and the ratio that was aimed at."""


def save_small_model(folder: Path) -> None:
    """Write a model of 65 tokens with random weights."""
    words = [END_OF_DOCUMENT, *sorted(pre_tokenizers.ByteLevel.alphabet())[:64]]
    tokenizer = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, []))
    tokenizer.decoder = decoders.ByteLevel()
    config = LanguageModelConfig(depth=4, width=128, num_heads=4, context_length=64)
    torch.manual_seed(0)
    model = LanguageModel(config.shape(len(words)))
    for parameter in model.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.05)
    save_model(model, folder, tokenizer.to_str())


def measure(folders: dict[str, Path], arguments: argparse.Namespace) -> dict[str, Any]:
    """Run the systems in turn; return the best rate by system, model and rows."""
    best: dict[str, float] = defaultdict(float)
    for _ in range(arguments.rounds):
        for name, folder in folders.items():
            found = {"taojin": run_job([sys.executable, OURS, "sampling", folder])}
            if arguments.transformers:
                python = arguments.transformers
                found["transformers"] = run_job([python, TRANSFORMERS, folder])
            if arguments.nanogpt and name == "small":
                found["nanogpt"] = run_job([sys.executable, NANOGPT, arguments.nanogpt])
            for system, rates in found.items():
                for rows, rate in rates.items():
                    key = f"{system} {name} {rows}"
                    best[key] = max(best[key], rate)
    return dict(best)


def compare(rates: dict[str, float]) -> list[dict[str, Any]]:
    """Print and return ratios to the peers that were measured."""
    head = ("model", "rows", "peer", "ours/s", "peer/s", "ratio", "aim")
    print("{:12}{:>5}  {:14}{:>9}{:>9}{:>8}{:>6}".format(*head))
    lines = []
    for model, peer, rows, aim in COMPARISONS:
        ours, theirs = (
            rates.get(f"{system} {model} {rows}") for system in ("taojin", peer)
        )
        if ours is None or theirs is None:
            continue
        print(
            f"{model:12}{rows:>5}  {peer:14}{ours:>9.0f}{theirs:>9.0f}"
            f"{ours / theirs:>8.2f}{aim:>6.0f}"
        )
        row = {"model": model, "rows": rows, "peer": peer, "aim": aim}
        lines.append({**row, "ours": ours, "theirs": theirs, "ratio": ours / theirs})
    return lines


def report_large(rates: dict[str, float]) -> None:
    """Print the rates of the large shape beside those of single precision."""
    print(
        "\nGPT-2 124M shape, tokens per CPU second (aim of int8, 1 row: 3 times fp32)"
    )
    for key, rate in rates.items():
        precision, rows = key.split()
        ratio = rate / rates[f"fp32 {rows}"]
        print(f"  {precision:5} {rows:>3} rows {rate:>8.1f}{ratio:>8.2f} times fp32")


def report_losses(losses: dict[str, float]) -> None:
    """Print what lower precision costs."""
    print("\nvalidation loss of the pretrained model, nats a token")
    for precision, loss in losses.items():
        print(f"  {precision:5}{loss:>9.4f}{loss - losses['fp32']:>+9.4f}")


def main() -> None:
    """Run everything that there is a peer or a model for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "data")
    parser.add_argument("--transformers", help="a Python that has it")
    parser.add_argument("--nanogpt", type=Path, help="a checkout")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--rounds", type=int, default=NUM_ROUNDS)
    arguments = parser.parse_args()
    trained = arguments.data / "06_models/pretrained_model"
    tokens = arguments.data / "05_model_input/token_shards"
    figures: dict[str, Any] = {
        "machine": platform.machine(),
        "python": platform.python_version(),
        "torch": torch.__version__,
    }
    with tempfile.TemporaryDirectory() as temporary:
        folders = {"small": Path(temporary) / "small"}
        save_small_model(folders["small"])
        if trained.is_dir():
            folders["pretrained"] = trained
        figures["rates"] = measure(folders, arguments)
        figures["rows"] = compare(figures["rates"])
    if arguments.large:
        figures["large"] = run_job([sys.executable, OURS, "large"])
        report_large(figures["large"])
    if trained.is_dir() and tokens.is_dir():
        figures["losses"] = run_job([sys.executable, OURS, "losses", trained, tokens])
        report_losses(figures["losses"])
    path = ROOT / "data/08_reporting/benchmarks/generation.json"
    write_text(path, json.dumps(figures, indent=1))
    print(f"written to {path}")


if __name__ == "__main__":
    main()
