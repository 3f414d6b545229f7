import pytest
import torch

from taojin.models.codecs.network import Codec
from taojin.models.codecs.shape import CodecShape


@pytest.fixture
def tiny_codec() -> Codec:
    """Random weights; 40 samples a code, two books of 12 codes."""
    torch.manual_seed(0)
    shape = CodecShape(
        fft_size=80, hop_size=20, levels=(4, 3), width=16, num_blocks=2, kernel_size=3
    )
    return Codec(shape).eval()
