"""Token sequences of unequal length as one tensor."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


def pad_tokens(rows: Sequence[Sequence[int]], filler: int = 0) -> Tensor:
    """Pad rows of numbers on the right to the longest, int64 ``[rows, longest]``."""
    padded = np.full((len(rows), max(map(len, rows))), filler, np.int64)
    for place, row in enumerate(rows):
        padded[place, : len(row)] = row
    return torch.from_numpy(padded)
