"""Texts as bytes that nobody can change: the one kind that kernels are compiled for."""

import numpy as np

from taojin.core.text_buffers import TextBuffers


def read_only(text: TextBuffers) -> TextBuffers:
    """View texts as read-only; what Arrow has just made is writable otherwise."""
    data = np.ascontiguousarray(text.data).view()
    data.flags.writeable = False
    return TextBuffers(data, text.offsets)
