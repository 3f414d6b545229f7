import numpy as np
import pyarrow as pa
import pytest

from taojin.core.errors import ConfigurationError, DataError
from taojin.curation import custom_signals, registry
from taojin.curation.registry import (
    measure_registered,
    register_signal,
    registered_signals,
)

TEXT = pa.chunked_array([["a http://b https://c", ""]], type=pa.large_string())


@pytest.fixture(autouse=True)
def _restore(monkeypatch):
    monkeypatch.setattr(registry, "_REGISTERED", dict(registry._REGISTERED))


def test_the_projects_own_signals_are_measured():
    assert custom_signals.count_links.__module__ == "taojin.curation.custom_signals"
    assert measure_registered(TEXT)["num_links"].tolist() == [2.0, 0.0]


def test_a_registered_function_becomes_a_signal():
    @register_signal("num_commas")
    def commas(text):
        return np.array([value.count(",") for value in text.to_pylist()])

    assert "num_commas" in registered_signals()
    assert measure_registered(TEXT)["num_commas"].tolist() == [0.0, 0.0]


def test_a_taken_name_is_refused():
    with pytest.raises(ConfigurationError, match="num_links"):
        register_signal("num_links")(lambda text: text)


@pytest.mark.parametrize("name", ["Num", "1a", "a b", "a-b"])
def test_a_malformed_name_is_refused(name):
    with pytest.raises(ConfigurationError, match="lower-case"):
        register_signal(name)(lambda text: text)


@pytest.mark.parametrize("result", [[1.0], [1.0, float("nan")], [[1.0, 2.0]]])
def test_a_result_that_is_not_one_finite_number_a_text_is_refused(result):
    register_signal("broken")(lambda _: np.array(result))
    with pytest.raises(DataError, match="broken"):
        measure_registered(TEXT)


def test_a_failing_function_is_named():
    def fail(_):
        message = "no"
        raise RuntimeError(message)

    register_signal("failing")(fail)
    with pytest.raises(DataError, match=r"failing.*no"):
        measure_registered(TEXT)
