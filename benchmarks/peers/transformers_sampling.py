"""Sampling with ``generate`` of Transformers, for ``benchmarks/generation.py``.

    python benchmarks/peers/transformers_sampling.py FOLDER

Reads the folder that our model was saved to. Prints one JSON line: new tokens per CPU
second by batch size, at one thread, the model loaded before.
"""

import json
import sys
import time

import torch
from transformers import AutoModelForCausalLM

NUM_NEW = 63
NUM_REPEATS = 5


def measure(model: torch.nn.Module, rows: int) -> float:
    """Return the best of a few runs after one that warms up; no text ends early."""
    tokens = torch.zeros(rows, 1, dtype=torch.int64)
    rates = []
    for _ in range(NUM_REPEATS + 1):
        started = time.process_time()
        model.generate(
            tokens,
            attention_mask=torch.ones_like(tokens),
            do_sample=True,
            temperature=0.8,
            top_k=40,
            top_p=1.0,
            max_new_tokens=NUM_NEW,
            min_new_tokens=None,
            eos_token_id=None,
            pad_token_id=0,
        )
        rates.append(rows * NUM_NEW / (time.process_time() - started))
    return max(rates[1:])


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    model = AutoModelForCausalLM.from_pretrained(sys.argv[1]).eval()
    model.generation_config.eos_token_id = None
    figures = {str(rows): measure(model, rows) for rows in (1, 16)}
    print("RESULT " + json.dumps(figures))


if __name__ == "__main__":
    main()
