from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from taojin.training.adversarial.config import ImageGanConfig
from taojin.training.config import TrainingConfig

LABELS = [str(digit) for digit in range(10)]


@pytest.fixture(scope="session")
def digits():
    data: Any = load_digits()
    pixels = np.minimum(data.images * 16, 255).astype(np.uint8)[:, None]
    return pixels, data.target.astype(np.int64)


@pytest.fixture
def tiny():
    def make(training=None, **settings):
        numbers = {
            "num_steps": 6,
            "batch_size": 8,
            "adam_betas": (0.0, 0.99),
            "max_gradient_norm": None,
            "num_threads": 1,
            **(training or {}),
        }
        sizes = {"width": 8, "group_size": 8, "latent_size": 4, **settings}
        return ImageGanConfig(training=TrainingConfig(**numbers), **sizes)

    return make
