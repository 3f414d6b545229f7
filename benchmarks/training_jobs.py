"""One training run of ours, for ``benchmarks/training.py``.

    python benchmarks/training_jobs.py JOB TEXT SEED

Counts the CPU seconds of the whole run but no evaluation, and prints them beside the
loss on the whole validation part, read in windows of 64 characters. The speed is that
after the first steps, in which buffers are made and blocks compiled.
"""

import json
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from taojin.core.errors import ConfigurationError
from taojin.models.config import LanguageModelConfig
from taojin.models.language_model import LanguageModel
from taojin.models.storage import weights_of
from taojin.models.tensor_files import write_tensors
from taojin.training.batches import PackedWindows
from taojin.training.config import TrainingConfig
from taojin.training.loop import train
from taojin.training.objectives import NextToken
from taojin.training.pretraining import new_language_model

CONTEXT_LENGTH = 64
NUM_FIRST_STEPS = 20
"""Not counted in the speed."""
_NANOGPT_SHAPE = {"depth": 4, "width": 128, "num_heads": 4, "context_length": 64}
_FAST: dict[str, Any] = {
    "precision": "bf16",
    "momentum": 0.85,
    "embedding_learning_rate": 0.02,
    "head_learning_rate": 0.01,
}
_WIDE = {"depth": 6, "width": 384, "head_width": 64, "context_length": 256}
_EQUAL: dict[str, Any] = {
    "num_steps": 150,
    "batch_size": 12,
    "optimiser": "adamw",
    "matrix_learning_rate": 1e-3,
    "embedding_learning_rate": 1e-3,
    "head_learning_rate": 1e-3,
    "weight_decay": 0.1,
}


class Stopwatch:
    """A metric sink that notes when the first steps are over.

    Attributes:
        seconds: CPU seconds of this process at that moment; None before.
    """

    seconds: float | None = None

    def log(self, step: int, metrics: Mapping[str, float]) -> None:  # noqa: ARG002
        """Look at the step; its metrics are not kept."""
        if step >= NUM_FIRST_STEPS and self.seconds is None:
            self.seconds = time.process_time()


class Job(NamedTuple):
    """Settings of a run: of the model, and of the training."""

    model: dict[str, Any]
    training: dict[str, Any]


JOBS = {
    "plain": Job(
        {"depth": 2, "width": 128, "context_length": 64},
        {
            "num_steps": 240,
            "batch_size": 12,
            "matrix_learning_rate": 0.03,
            **_FAST,
        },
    ),
    "ngrams": Job(
        {"depth": 1, "width": 128, "context_length": 64, "max_ngram": 5},
        {"num_steps": 72, "batch_size": 12, "ngram_learning_rate": 0.08, **_FAST},
    ),
    "long": Job(
        {"depth": 4, "width": 128, "context_length": 64},
        {"num_steps": 1450, "batch_size": 12, **_FAST},
    ),
    "equal": Job(_NANOGPT_SHAPE, _EQUAL),
    "equal_compiled": Job(_NANOGPT_SHAPE, {**_EQUAL, "compile": True}),
    "equal_bf16": Job(_NANOGPT_SHAPE, {**_EQUAL, "precision": "bf16"}),
    "wide_fp32": Job(_WIDE, {"num_steps": 30, "batch_size": 4}),
    "wide_bf16": Job(_WIDE, {"num_steps": 30, "batch_size": 4, "precision": "bf16"}),
}
"""``plain`` and ``ngrams`` end at nanoGPT's loss, ``long`` at about its CPU seconds;
``equal`` is what the Trainer gets, too."""


def split(text: str) -> tuple[NDArray[np.uint16], NDArray[np.uint16], int]:
    """Ids of the first nine tenths and of the rest, as nanoGPT cuts; vocabulary."""
    characters = sorted(set(text))
    number = {character: index for index, character in enumerate(characters)}
    ids = np.array([number[character] for character in text], np.uint16)
    cut = int(len(ids) * 0.9)
    return ids[:cut], ids[cut:], len(characters)


@torch.no_grad()
def full_loss(model: LanguageModel, ids: NDArray[np.uint16]) -> float:
    """Mean nats over windows that cover the validation part once."""
    count = (len(ids) - 1) // CONTEXT_LENGTH
    tokens = torch.from_numpy(ids.astype(np.int64))
    inputs = tokens[: count * CONTEXT_LENGTH].view(count, -1)
    targets = tokens[1 : count * CONTEXT_LENGTH + 1].view(count, -1)
    total = 0.0
    for start in range(0, count, 128):
        logits = model(inputs[start : start + 128]).flatten(0, 1)
        wanted = targets[start : start + 128].flatten()
        total += torch.nn.functional.cross_entropy(
            logits, wanted, reduction="sum"
        ).item()
    return total / targets.numel()


def export_difference(model: LanguageModel) -> float | None:
    """Largest difference of logits in Transformers; None where it cannot load."""
    try:
        config = model.shape.to_transformers()
        from transformers import AutoModelForCausalLM
    except (ConfigurationError, ImportError):
        return None
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.json").write_text(json.dumps(config), encoding="utf-8")
        write_tensors(weights_of(model), Path(folder) / "model.safetensors")
        other = AutoModelForCausalLM.from_pretrained(folder)
    tokens = torch.arange(CONTEXT_LENGTH)[None] % model.shape.vocab_size
    with torch.no_grad():
        return (other(tokens).logits - model(tokens)).abs().max().item()


def run(job: Job, text: str, seed: int) -> dict[str, Any]:
    """Train once."""
    training, validation, vocab_size = split(text)
    settings = {"num_threads": 1, "checkpoint_every_seconds": 1e9, "seed": seed}
    config = TrainingConfig.model_validate({**settings, **job.training})
    shape = LanguageModelConfig.model_validate(job.model).shape(vocab_size)
    torch.zeros(8, 8).mm(torch.zeros(8, 8))
    started = time.process_time()
    model = new_language_model(shape, config.seed)
    windows = PackedWindows(
        training,
        np.array([0, len(training)]),
        shape.max_position_embeddings,
        config.batch_size,
        config.seed,
    )
    watch = Stopwatch()
    train(NextToken(model), windows, config, sink=watch)
    ended = time.process_time()
    step_tokens = config.batch_size * shape.max_position_embeddings
    speed = None
    if watch.seconds is not None and config.num_steps > NUM_FIRST_STEPS:
        later = config.num_steps - NUM_FIRST_STEPS
        speed = later * step_tokens / (ended - watch.seconds)
    return {
        "cpu_seconds": ended - started,
        "num_tokens": config.num_steps * step_tokens,
        "tokens_per_cpu_second": speed,
        "num_parameters": sum(p.numel() for p in model.parameters()),
        "validation_loss": full_loss(model, validation),
        "export_difference": export_difference(model),
    }


def main() -> None:
    """Run the job that was named."""
    name, text, seed = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(1)
    result = run(JOBS[name], text.read_text(encoding="utf-8"), seed)
    print("RESULT", json.dumps(result))


if __name__ == "__main__":
    main()
