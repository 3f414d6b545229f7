"""Train with the Trainer of Transformers, for ``benchmarks/training.py``.

    python benchmarks/peers/trainer_training.py JOB TEXT SEED

``gpt2`` is GPT-2 at the size and the settings that nanoGPT's README has for a CPU.
``equal`` is the architecture of our model of that size, by the ``config.json`` that it
would be saved with, for some steps: what counts there is the speed. ``equal_bf16`` is
the same in the Trainer's mixed precision.
"""

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    Qwen3Config,
    Qwen3ForCausalLM,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

CONTEXT_LENGTH = 64
NUM_FIRST_STEPS = 20
"""Not counted in the speed, as in ours."""
NUM_STEPS = {"gpt2": 2000, "equal": 150, "equal_bf16": 150}


class Windows(torch.utils.data.Dataset):
    """Every window of the training part; one more token than is predicted."""

    def __init__(self, ids: torch.Tensor) -> None:
        self.ids = ids

    def __len__(self) -> int:
        """Windows at every character."""
        return len(self.ids) - CONTEXT_LENGTH

    def __getitem__(self, start: int) -> dict[str, torch.Tensor]:
        """One window; the model itself compares it with itself, shifted."""
        window = self.ids[start : start + CONTEXT_LENGTH + 1]
        return {"input_ids": window, "labels": window}


class Stopwatch(TrainerCallback):
    """Notes when the first steps are over, in CPU seconds of this process."""

    seconds = 0.0

    def on_step_end(self, args: Any, state: Any, *others: Any, **named: Any) -> None:  # noqa: ARG002
        """Look at the step."""
        if state.global_step == NUM_FIRST_STEPS:
            self.seconds = time.process_time()


def new_model(job: str, vocab_size: int) -> Any:
    """A model with new weights."""
    if job == "gpt2":
        return GPT2LMHeadModel(
            GPT2Config(
                vocab_size=vocab_size,
                n_positions=CONTEXT_LENGTH + 1,
                n_embd=128,
                n_layer=4,
                n_head=4,
                resid_pdrop=0.0,
                embd_pdrop=0.0,
                attn_pdrop=0.0,
            )
        )
    return Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=vocab_size,
            hidden_size=128,
            num_hidden_layers=4,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=32,
            intermediate_size=352,
            max_position_embeddings=CONTEXT_LENGTH + 1,
            tie_word_embeddings=False,
        )
    )


@torch.no_grad()
def full_loss(model: Any, ids: torch.Tensor) -> float:
    """Mean nats over windows that cover the validation part once."""
    count = (len(ids) - 1) // CONTEXT_LENGTH
    inputs = ids[: count * CONTEXT_LENGTH].view(count, -1)
    targets = ids[1 : count * CONTEXT_LENGTH + 1].view(count, -1)
    model.eval()
    total = 0.0
    for start in range(0, count, 128):
        rows = slice(start, start + 128)
        logits = model(inputs[rows]).logits.flatten(0, 1)
        total += torch.nn.functional.cross_entropy(
            logits, targets[rows].flatten(), reduction="sum"
        ).item()
    return total / targets.numel()


def main() -> None:
    """Run the job that was named."""
    job, path, seed = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    text = path.read_text(encoding="utf-8")
    characters = sorted(set(text))
    number = {character: index for index, character in enumerate(characters)}
    ids = torch.tensor([number[character] for character in text])
    cut = int(len(ids) * 0.9)
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            use_cpu=True,
            bf16=job == "equal_bf16",
            max_steps=NUM_STEPS[job],
            per_device_train_batch_size=12,
            learning_rate=1e-3,
            lr_scheduler_type="cosine_with_min_lr",
            lr_scheduler_kwargs={"min_lr": 1e-4},
            warmup_steps=100 if job == "gpt2" else 2,
            weight_decay=0.1,
            adam_beta2=0.99,
            max_grad_norm=1.0,
            seed=seed,
            save_strategy="no",
            report_to=[],
            logging_steps=100,
            disable_tqdm=True,
        )
        model = new_model(job, len(characters))
        watch = Stopwatch()
        trainer = Trainer(
            model, arguments, train_dataset=Windows(ids[:cut]), callbacks=[watch]
        )
        started = time.process_time()
        trainer.train()
        ended = time.process_time()
    step_tokens = 12 * CONTEXT_LENGTH
    later = (NUM_STEPS[job] - NUM_FIRST_STEPS) * step_tokens
    result = {
        "cpu_seconds": ended - started,
        "num_tokens": NUM_STEPS[job] * step_tokens,
        "tokens_per_cpu_second": later / (ended - watch.seconds),
        "num_parameters": sum(p.numel() for p in model.parameters()),
        "validation_loss": full_loss(model, ids[cut:]),
    }
    print("RESULT", json.dumps(result))


if __name__ == "__main__":
    main()
