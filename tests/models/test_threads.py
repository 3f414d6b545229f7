import pytest
import torch

from taojin.models.threads import thread_limit


def _fail_with_one_thread():
    with thread_limit(1):
        raise RuntimeError


def test_the_number_of_threads_is_restored_after_an_error():
    before = torch.get_num_threads()

    with pytest.raises(RuntimeError):
        _fail_with_one_thread()

    assert torch.get_num_threads() == before


def test_the_limit_holds_inside_the_block():
    with thread_limit(1):
        assert torch.get_num_threads() == 1


def test_none_changes_nothing():
    before = torch.get_num_threads()

    with thread_limit(None):
        assert torch.get_num_threads() == before
