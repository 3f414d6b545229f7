"""Our side of ``benchmarks/generation.py``: one job a process.

python benchmarks/generation_jobs.py sampling FOLDER
python benchmarks/generation_jobs.py large
python benchmarks/generation_jobs.py losses FOLDER TOKENS

Prints one JSON line. ``sampling`` and ``large`` give new tokens per CPU second by batch
size and precision, models loaded before; ``losses`` gives nats a token by precision.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from taojin.features.tokens import TokenShards
from taojin.generation.config import Precision, SamplingConfig
from taojin.generation.preparation import prepare
from taojin.generation.sampling import sample
from taojin.models.config import LanguageModelConfig
from taojin.models.inference import InferenceModel
from taojin.models.language_model import LanguageModel
from taojin.models.storage import load_language_model, load_tokenizer

NUM_NEW = 63
NUM_REPEATS = 5
LARGE_NEW = 24
LARGE_REPEATS = 2
PRECISIONS: tuple[Precision, ...] = ("fp32", "bf16", "int8")
NUM_WINDOWS = 64


def rate(work: Callable[[], int], num_repeats: int) -> float:
    """Return tokens per CPU second, the best of a few runs after one that warms up."""
    work()
    rates = []
    for _ in range(num_repeats):
        started = time.process_time()
        num_tokens = work()
        rates.append(num_tokens / (time.process_time() - started))
    return max(rates)


def measure_sampling(folder: Path) -> dict[str, float]:
    """Sample from a folder's model; no text ends early."""
    model = prepare(load_language_model(folder))
    tokenizer = load_tokenizer(folder)

    def work(rows: int) -> int:
        config = SamplingConfig(
            max_new_tokens=NUM_NEW,
            min_new_tokens=NUM_NEW,
            temperature=0.8,
            top_k=40,
            batch_size=rows,
        )
        texts = sample(model, tokenizer, [""] * rows, config)
        return sum(text.num_tokens for text in texts)

    return {
        str(rows): rate(lambda rows=rows: work(rows), NUM_REPEATS) for rows in (1, 16)
    }


def measure_large() -> dict[str, float]:
    """Decode with random weights of the shape of the smallest GPT-2."""
    config = LanguageModelConfig(
        depth=12,
        width=768,
        num_heads=12,
        num_key_value_heads=12,
        feed_forward_width=2048,  # three matrices of it are two of 3,072
        context_length=128,
        tie_embeddings=True,
    )
    torch.manual_seed(0)
    model = LanguageModel(config.shape(50_304))
    for parameter in model.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.02)
    figures = {}
    for precision in PRECISIONS:
        ready = prepare(model, precision)
        for rows in (1, 8):
            figures[f"{precision} {rows}"] = rate(
                lambda ready=ready, rows=rows: decode(ready, rows), LARGE_REPEATS
            )
    return figures


def decode(model: Any, rows: int) -> int:
    """Continue rows of one token, with the likeliest tokens."""
    text = model.begin([[0]] * rows, LARGE_NEW)
    for _ in range(LARGE_NEW - 1):
        text.append(text.logits.argmax(-1))
    return LARGE_NEW * rows


def measure_losses(folder: Path, tokens: Path) -> dict[str, float]:
    """Mean loss on the same windows of validation text in every precision."""
    model = load_language_model(folder)
    length = model.shape.max_position_embeddings
    stream = torch.from_numpy(
        TokenShards.open(tokens)
        .tokens("validation")[: NUM_WINDOWS * length + 1]
        .astype("int64")
    )
    num_windows = (len(stream) - 1) // length
    given = stream[:-1][: num_windows * length].view(-1, length)
    wanted = stream[1:][: num_windows * length]
    losses = {}
    for precision in PRECISIONS:
        ready = prepare(model, precision)
        assert isinstance(ready, InferenceModel)  # noqa: S101 - prepared just now
        logits = ready.all_logits(given).flatten(0, 1).float()
        losses[precision] = functional.cross_entropy(logits, wanted).item()
    return losses


def main() -> None:
    """Run the job and print what it gave."""
    torch.set_num_threads(1)
    job, *paths = sys.argv[1:]
    jobs: dict[str, Callable[..., dict[str, float]]] = {
        "sampling": measure_sampling,
        "large": measure_large,
        "losses": measure_losses,
    }
    print("RESULT " + json.dumps(jobs[job](*map(Path, paths))))


if __name__ == "__main__":
    main()
