"""Train with nanoGPT at the CPU settings of its README, for ``benchmarks/training.py``.

    python benchmarks/peers/nanogpt_training.py NANOGPT TEXT SEED

``NANOGPT`` is a checkout; it is copied and its own ``train.py`` runs, unaltered but for
the seed. The two evaluations it makes are cut to one batch each: nobody's evaluation
is counted.
"""

import array
import contextlib
import json
import pickle  # noqa: TID251  nanoGPT reads the size of its vocabulary from a pickle
import runpy
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

CONTEXT_LENGTH = 64
SETTINGS = (
    "config/train_shakespeare_char.py",
    "--device=cpu",
    "--compile=False",
    "--log_interval=1",
    f"--block_size={CONTEXT_LENGTH}",
    "--batch_size=12",
    "--n_layer=4",
    "--n_head=4",
    "--n_embd=128",
    "--max_iters=2000",
    "--lr_decay_iters=2000",
    "--dropout=0.0",
    "--eval_iters=1",
    "--eval_interval=2000",
)


def prepare(text: str, folder: Path) -> list[int]:
    """Write the data as ``prepare.py`` does; returns the ids of the validation part."""
    characters = sorted(set(text))
    number = {character: index for index, character in enumerate(characters)}
    ids = [number[character] for character in text]
    cut = int(len(ids) * 0.9)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "train.bin").write_bytes(array.array("H", ids[:cut]).tobytes())
    (folder / "val.bin").write_bytes(array.array("H", ids[cut:]).tobytes())
    (folder / "meta.pkl").write_bytes(pickle.dumps({"vocab_size": len(characters)}))
    return ids[cut:]


@torch.no_grad()
def full_loss(model: Any, ids: list[int]) -> float:
    """Mean nats over windows that cover the validation part once."""
    count = (len(ids) - 1) // CONTEXT_LENGTH
    inputs = torch.tensor(ids[: count * CONTEXT_LENGTH]).view(count, -1)
    targets = torch.tensor(ids[1 : count * CONTEXT_LENGTH + 1]).view(count, -1)
    model.eval()
    total = 0.0
    for start in range(0, count, 128):
        rows = slice(start, start + 128)
        _, loss = model(inputs[rows], targets[rows])
        total += loss.item() * targets[rows].numel()
    return total / targets.numel()


def main() -> None:
    """Run ``train.py`` in a copy of the checkout."""
    source, text, seed = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(1)
    plant = torch.manual_seed
    torch.manual_seed = lambda number: plant(number + seed)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "nanogpt"
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns(".git", "assets"))
        ids = prepare(text.read_text(encoding="utf-8"), copy / "data/shakespeare_char")
        sys.argv = ["train.py", *SETTINGS]
        sys.path.insert(0, str(copy))
        torch.zeros(8, 8).mm(torch.zeros(8, 8))
        with contextlib.chdir(copy):
            started = time.process_time()
            run = runpy.run_path("train.py")
            seconds = time.process_time() - started
    result = {
        "cpu_seconds": seconds,
        "validation_loss": full_loss(run["raw_model"], ids),
        "num_tokens": run["iter_num"] * 12 * CONTEXT_LENGTH,
        "num_parameters": sum(p.numel() for p in run["raw_model"].parameters()),
    }
    print("RESULT", json.dumps(result))


if __name__ == "__main__":
    main()
