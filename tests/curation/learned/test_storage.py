import dataclasses

import numpy as np
import pyarrow as pa
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from taojin.core.errors import CorruptArtifactError
from taojin.curation.learned.config import NgramModelConfig
from taojin.curation.learned.linear import LinearTextModel
from taojin.curation.learned.ngram_model import train_on_texts
from taojin.curation.learned.storage import (
    load_linear_model,
    load_ngram_model,
    save_linear_model,
    save_ngram_model,
)

LINEAR = LinearTextModel(
    kind="words",
    bits=8,
    weights=np.arange(256, dtype=np.uint8).view(np.int8)[:, None].copy(),
    scale=0.1,
    bias=np.array([0.3]),
    smoothing=20.0,
    labels=("0", "1"),
    max_bytes=4096,
    note={"data": "made up", "auc": 0.5},
)


def test_a_classifier_comes_back_whole(tmp_path):
    save_linear_model(LINEAR, tmp_path / "model.safetensors")
    found = load_linear_model(tmp_path / "model.safetensors")
    assert (found.weights == LINEAR.weights).all()
    assert found.bias.tolist() == [0.3]
    plain = ("kind", "bits", "scale", "smoothing", "labels", "max_bytes", "note")
    for name in plain:
        assert getattr(found, name) == getattr(LINEAR, name)


def test_saving_twice_writes_the_same_bytes(tmp_path):
    for name in ("first", "second"):
        save_linear_model(LINEAR, tmp_path / name)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_an_ngram_model_comes_back_whole(tmp_path):
    model = train_on_texts([pa.array(["some text"])], NgramModelConfig(order=3))
    save_ngram_model(model, tmp_path / "model")
    found = load_ngram_model(tmp_path / "model")
    assert (found.slots == model.slots).all()
    assert (found.byte_costs == model.byte_costs).all()
    assert (found.byte_escapes == model.byte_escapes).all()
    assert (found.order, found.note) == (model.order, model.note)


def test_an_order_that_no_key_holds_is_refused(tmp_path):
    model = train_on_texts([pa.array(["some text"])], NgramModelConfig(order=3))
    save_ngram_model(dataclasses.replace(model, order=9), tmp_path / "model")
    with pytest.raises(CorruptArtifactError, match="order 9"):
        load_ngram_model(tmp_path / "model")


def test_one_kind_of_model_is_not_taken_for_the_other(tmp_path):
    save_linear_model(LINEAR, tmp_path / "model")
    with pytest.raises(CorruptArtifactError, match=r"needed is 'taojin.ngram_model'"):
        load_ngram_model(tmp_path / "model")


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff" * 100])
def test_missing_and_damaged_files_are_named(tmp_path, content):
    path = tmp_path / "model"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CorruptArtifactError, match=str(path)):
        load_linear_model(path)


def test_a_truncated_file_is_refused(tmp_path):
    save_linear_model(LINEAR, tmp_path / "model")
    content = (tmp_path / "model").read_bytes()
    (tmp_path / "model").write_bytes(content[:-10])
    with pytest.raises(CorruptArtifactError):
        load_linear_model(tmp_path / "model")


def test_weights_of_another_shape_are_refused(tmp_path):
    save_linear_model(LINEAR, tmp_path / "model")
    with safe_open(tmp_path / "model", framework="numpy") as stored:
        metadata = stored.metadata()
    arrays = {"weights": np.zeros((4, 1), np.int8), "bias": np.zeros(1)}
    save_file(arrays, tmp_path / "other", metadata)
    with pytest.raises(CorruptArtifactError, match=r"weights of shape \(4, 1\)"):
        load_linear_model(tmp_path / "other")
