"""How many processor threads tensor operations may use."""

from collections.abc import Generator
from contextlib import contextmanager

import torch


@contextmanager
def thread_limit(num_threads: int | None) -> Generator[None, None, None]:
    """Compute with this many threads inside the block; None leaves it as it is.

    On a machine that others use too, one thread is often faster than several: a
    small operation is over only when its slowest thread is.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(num_threads or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
