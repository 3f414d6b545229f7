"""Pretraining on real token shards, and the promise that no kill loses a run."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
import torch
from tokenizers import Tokenizer, models

from taojin.core.errors import EmptyStageError
from taojin.models.config import LanguageModelConfig
from taojin.models.encoding import END_OF_DOCUMENT
from taojin.models.storage import load_language_model, load_tokenizer
from taojin.training.checkpoints import DirectoryCheckpointStore
from taojin.training.config import PretrainingConfig, TrainingConfig
from taojin.training.metrics import ListSink
from taojin.training.pretraining import new_language_model, pretrain_language_model

VOCABULARY = {END_OF_DOCUMENT: 0, **{chr(97 + i): i + 1 for i in range(9)}}
TOKENIZER = Tokenizer(models.BPE(VOCABULARY, [])).to_str()


class Corpus:
    """Counting upwards, in documents of random start: easy to learn."""

    vocab_size = 10
    end_of_document = 0
    fingerprint = "counting"

    def __init__(self, num_train=300, num_validation=30):
        self._numbers = {"train": num_train, "validation": num_validation}

    def _documents(self, split):
        draw = np.random.default_rng(len(split))
        starts = draw.integers(0, 9, self._numbers[split])
        return [[*((start + np.arange(11)) % 9 + 1), 0] for start in starts]

    def tokens(self, split):
        flat = [token for document in self._documents(split) for token in document]
        return np.array(flat, np.uint16)

    def offsets(self, split):
        return np.arange(0, 12 * self._numbers[split] + 1, 12, dtype=np.int64)

    def documents(self, split):
        return pd.DataFrame({"num_tokens": [12] * self._numbers[split]})


def config(**training):
    return PretrainingConfig(
        model=LanguageModelConfig(depth=1, width=32, context_length=16),
        training=TrainingConfig(
            **{
                "num_steps": 40,
                "batch_size": 8,
                "validate_every": 20,
                "validation_batches": 2,
                "num_threads": 1,
                **training,
            }
        ),
    )


def pretrain(output, corpus: Any = None, settings=None, **keywords):
    return pretrain_language_model(
        corpus or cast("Any", Corpus()),
        settings or config(),
        output=output,
        tokenizer_json=TOKENIZER,
        **keywords,
    )


def weights(directory):
    return (Path(directory) / "model.safetensors").read_bytes()


def test_a_model_learns_to_count_and_is_saved_with_its_tokenizer(tmp_path):
    sink = ListSink()

    history = pretrain(
        tmp_path / "model", settings=config(log_every=1, num_steps=60), sink=sink
    )

    model = load_language_model(tmp_path / "model")
    assert history[-1]["validation_loss"] < 0.8 < 2.0 < history[0]["train_loss"]
    following = model(torch.tensor([[0, 3, 4, 5]])).argmax(-1)
    assert following[0, 1:].tolist() == [4, 5, 6]
    assert load_tokenizer(tmp_path / "model").token_to_id("b") == 2
    assert len(sink.rows) == len(history)


def test_one_seed_gives_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        pretrain(tmp_path / name, settings=config(num_steps=5))
    pretrain(tmp_path / "other", settings=config(num_steps=5, seed=1))

    assert weights(tmp_path / "one") == weights(tmp_path / "two")
    assert weights(tmp_path / "one") != weights(tmp_path / "other")


def test_a_tiny_validation_split_is_done_without(tmp_path):
    history = pretrain(tmp_path, Corpus(num_validation=1), settings=config(num_steps=2))

    assert [row["validation_loss"] for row in history] == [None]


def test_a_corpus_without_documents_is_refused(tmp_path):
    with pytest.raises(EmptyStageError, match="0 tokens"):
        pretrain(tmp_path, Corpus(num_train=0))


def test_new_weights_depend_on_the_seed_alone():
    shape = config().model.shape(10)
    torch.manual_seed(1)
    one = new_language_model(shape, 7)
    torch.manual_seed(2)
    two, other = new_language_model(shape, 7), new_language_model(shape, 8)

    embeddings = [m.model.embed_tokens.weight for m in (one, two, other)]
    assert torch.equal(embeddings[0], embeddings[1])
    assert not torch.equal(embeddings[0], embeddings[2])


class _Breaking:
    """A place for metrics that breaks at a step."""

    def log(self, step, _metrics):
        if step == 20:
            message = "the network is down"
            raise ConnectionError(message)


def test_a_model_with_tables_of_ngrams_learns_and_goes_on_to_the_same_bytes(tmp_path):
    plain = config(checkpoint_every_seconds=0)
    tables = {"max_ngram": 3, "num_ngram_buckets": 64}
    settings = PretrainingConfig(
        model=plain.model.model_copy(update=tables), training=plain.training
    )
    history = pretrain(tmp_path / "straight", settings=settings)
    store = DirectoryCheckpointStore(tmp_path / "checkpoints")

    with pytest.raises(ConnectionError):
        pretrain(tmp_path / "resumed", None, settings, store=store, sink=_Breaking())
    pretrain(tmp_path / "resumed", None, settings, store=store)

    assert history[-1]["validation_loss"] < 1.0
    assert weights(tmp_path / "resumed") == weights(tmp_path / "straight")
    table = load_language_model(tmp_path / "resumed").model.ngrams
    assert table is not None
    assert table.weight.count_nonzero() > 0


CHILD = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("pretraining_child", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
store = module.DirectoryCheckpointStore(sys.argv[2])
settings = module.config(checkpoint_every_seconds=0)
module.pretrain(sys.argv[3], settings=settings, store=store)
"""


def _kill_after_some_checkpoints(store, output):
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, __file__, store, output],
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
    )
    try:
        deadline = time.monotonic() + 120
        while len(list(Path(store).glob("*/step-*"))) < 2:
            assert child.poll() is None, "the child ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.005)
        os.kill(child.pid, signal.SIGKILL)
    finally:
        child.kill()
        child.wait()


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_bytes(tmp_path):
    store, output = tmp_path / "checkpoints", tmp_path / "resumed"
    pretrain(tmp_path / "straight")

    _kill_after_some_checkpoints(store, output)
    assert not output.exists()
    (state, *_) = sorted(store.glob("*/step-*/state.json"), reverse=True)
    killed_at = json.loads(state.read_text())["content"]["step"]
    pretrain(output, store=DirectoryCheckpointStore(store))

    assert 0 < killed_at < 40
    assert weights(output) == weights(tmp_path / "straight")
