"""Seeds that are stable, independent of each other, and never global."""

import hashlib

import numpy as np


def derive_seed(seed: int, *names: str | int) -> int:
    """Derive an independent seed for a named purpose, in [0, 2^63).

    Two purposes that share a base seed draw unrelated numbers, and adding a
    purpose does not shift the numbers of another.
    """
    label = "/".join(str(name) for name in (seed, *names))
    digest = hashlib.blake2b(label.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """Make a NumPy generator for a named purpose; see :func:`derive_seed`."""
    return np.random.default_rng(derive_seed(seed, *names))
