"""Sampling with nanoGPT's own ``generate``, for ``benchmarks/generation.py``.

    python benchmarks/peers/nanogpt_sampling.py NANOGPT

``NANOGPT`` is a checkout. The model has the shape of the CPU settings of its README and
random weights. Prints one JSON line: new tokens per CPU second by batch size, at one
thread. Its ``sample.py`` draws one text after another, which is batch size 1.
"""

import json
import sys
import time

import torch

NUM_NEW = 63
NUM_REPEATS = 3


def main() -> None:
    """Measure and print."""
    sys.path.insert(0, sys.argv[1])
    from model import GPT, GPTConfig

    torch.set_num_threads(1)
    torch.manual_seed(0)
    shape = GPTConfig(
        block_size=64, vocab_size=65, n_layer=4, n_head=4, n_embd=128, dropout=0.0
    )
    model = GPT(shape).eval()
    figures = {}
    for rows in (1, 16):
        start = torch.zeros(rows, 1, dtype=torch.int64)
        rates = []
        for _ in range(NUM_REPEATS + 1):
            started = time.process_time()
            model.generate(start, NUM_NEW, temperature=0.8, top_k=40)
            rates.append(rows * NUM_NEW / (time.process_time() - started))
        figures[str(rows)] = max(rates[1:])
    print("RESULT " + json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
