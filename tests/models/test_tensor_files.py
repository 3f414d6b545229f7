import pytest
import torch
from safetensors.torch import load_file

from taojin.models.tensor_files import write_tensors


def test_what_is_written_is_read(tmp_path):
    write_tensors({"a": torch.arange(3)}, tmp_path / "t.safetensors")
    assert load_file(tmp_path / "t.safetensors")["a"].tolist() == [0, 1, 2]


def test_a_file_that_cannot_be_written_is_an_error_of_the_file_system(tmp_path):
    with pytest.raises(OSError, match=r"absent/t\.safetensors"):
        write_tensors({"a": torch.zeros(1)}, tmp_path / "absent" / "t.safetensors")
