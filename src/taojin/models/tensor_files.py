"""Writing tensors, with the errors of a file system."""

import errno
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor


def write_tensors(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Write named tensors as a safetensors file that Transformers reads.

    Raises:
        OSError: If the file cannot be written, for want of space among others;
            safetensors has an error of its own for that.
    """
    try:
        save_file(dict(tensors), path, metadata={"format": "pt"})
    except SafetensorError as error:
        raise OSError(errno.EIO, str(error), str(path)) from error
