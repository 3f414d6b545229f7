import pytest

from taojin.models.threads import thread_limit


@pytest.fixture(autouse=True)
def _one_thread():
    """Models of a few thousand weights are slower with more, on a busy machine by far."""
    with thread_limit(1):
        yield
