"""Speed of the main job's stages, as a share of limits measured in the same run.

Uses the artifacts of a finished run (``make run`` first). CPU seconds of this
process, one thread; prints a table and writes
``data/08_reporting/benchmarks/main_job.json``. The limits:

* reading and writing the documents' Parquet without looking at them;
* Hugging Face ``tokenizers`` on the same texts in memory;
* a matrix product of the size of the model's own, without anything around it;
* generation that reads the whole context again for every token.
"""

import argparse
import json
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from taojin.core.files import write_text
from taojin.core.shards import Shards, write_shards
from taojin.curation.config import SignalsConfig
from taojin.curation.signals import measure_part
from taojin.features.tokenizer import load_tokenizer
from taojin.generation.config import SamplingConfig
from taojin.generation.sampling import sample
from taojin.models.storage import load_language_model
from taojin.models.storage import load_tokenizer as tokenizer_of

ROOT = Path(__file__).parents[1]
NUM_REPEATS = 3


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the median CPU seconds of a few runs, after one that warms up."""
    work()
    seconds = []
    for _ in range(NUM_REPEATS):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return float(np.median(seconds))


def bench_curation(data: Path) -> dict[str, float]:
    """Measure signals against reading and writing the same Parquet."""
    shards = Shards.open(data / "02_intermediate/raw_documents")
    table = next(shards.tables())
    megabytes = table["text"].nbytes / 1e6

    def copy() -> None:
        with tempfile.TemporaryDirectory() as folder:
            write_shards([next(shards.tables())], folder)

    work = cpu_seconds(lambda: measure_part(table, SignalsConfig()))
    return {
        "measured": megabytes / work,
        "limit": megabytes / cpu_seconds(copy),
    }


def bench_tokenising(data: Path) -> dict[str, float]:
    """Encode a part, one document at a time, against one batch in memory."""
    table = next(Shards.open(data / "03_primary/curated_documents").tables(["text"]))
    texts = table["text"].to_pylist()[:2000]
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    tokenizer = load_tokenizer((data / "04_feature/tokenizer.json").read_text("utf-8"))
    one = cpu_seconds(lambda: [tokenizer.encode(text).ids for text in texts])
    many = cpu_seconds(lambda: tokenizer.encode_batch_fast(texts))
    return {"measured": megabytes / one, "limit": megabytes / many}


def bench_training(data: Path) -> dict[str, float]:
    """One forward and backward pass against bare matrix products, in GFLOP/s."""
    model = load_language_model(data / "06_models/pretrained_model").train()
    shape = model.shape
    rows, length = 16, shape.max_position_embeddings
    tokens = torch.randint(shape.vocab_size, (rows, length + 1))

    def step() -> None:
        logits = model(tokens[:, :-1])
        torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), tokens[:, 1:].flatten()
        ).backward()
        model.zero_grad()

    num_weights = sum(p.numel() for p in model.parameters() if p.ndim == 2)
    flops = 6 * num_weights * rows * length
    left = torch.randn(rows * length, shape.hidden_size)
    right = torch.randn(shape.hidden_size, shape.intermediate_size)
    product = 2 * left.shape[0] * left.shape[1] * right.shape[1]
    return {
        "measured": flops / cpu_seconds(step) / 1e9,
        "limit": product / cpu_seconds(lambda: left @ right) / 1e9,
    }


def bench_sampling(data: Path) -> dict[str, float]:
    """Batched sampling with a key-value cache against re-reading the context."""
    folder = data / "06_models/pretrained_model"
    model, tokenizer = load_language_model(folder), tokenizer_of(folder)
    num_new, rows = 64, 16
    config = SamplingConfig(max_new_tokens=num_new, temperature=1.0, batch_size=rows)

    def cached() -> int:
        written = sample(model, tokenizer, [""] * rows, config)
        return sum(generation.num_tokens for generation in written)

    @torch.inference_mode()
    def naive() -> None:
        tokens = torch.zeros((rows, 1), dtype=torch.int64)
        for _ in range(num_new):
            probabilities = model(tokens)[:, -1].softmax(-1)
            tokens = torch.cat([tokens, torch.multinomial(probabilities, 1)], dim=1)

    return {
        "measured": cached() / cpu_seconds(cached),
        "limit": rows * num_new / cpu_seconds(naive),
    }


BENCHMARKS = {
    "curation: signals, MB/s (limit: copy the Parquet)": bench_curation,
    "tokenising, MB/s (limit: one batch in memory)": bench_tokenising,
    "training step, GFLOP/s (limit: bare matrix product)": bench_training,
    "sampling, tokens/s (beside: no cache)": bench_sampling,
}


def main() -> None:
    """Run all benchmarks on the artifacts of a finished run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "data")
    data: Path = parser.parse_args().data
    if not (data / "06_models/pretrained_model").is_dir():
        parser.error(f"{data} holds no finished run; run `make run` first")
    torch.set_num_threads(1)
    results = {}
    for name, benchmark in BENCHMARKS.items():
        figures = benchmark(data)
        ratio = figures["measured"] / figures["limit"]
        results[name] = {**figures, "ratio": ratio}
        print(
            f"{name:<55} {figures['measured']:>10.3g} {figures['limit']:>10.3g}"
            f"   ratio {ratio:.3g}"
        )
    machine = {"machine": platform.machine(), "python": platform.python_version()}
    path = data / "08_reporting/benchmarks/main_job.json"
    write_text(path, json.dumps({**machine, "results": results}, indent=1))
    print(f"written to {path}")


if __name__ == "__main__":
    main()
