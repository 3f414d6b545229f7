"""Two processes train as one does; a run goes on with another number of them."""

import json
import subprocess
import sys

import pytest
import torch

from taojin.models.storage import load_language_model

SCRIPT = '''
import json
import sys

import numpy as np
from tokenizers import Tokenizer, models

from taojin.models.config import LanguageModelConfig
from taojin.models.encoding import END_OF_DOCUMENT
from taojin.training.checkpoints import DirectoryCheckpointStore
from taojin.training.config import PretrainingConfig, TrainingConfig
from taojin.training.metrics import ListSink
from taojin.training.pretraining import pretrain_language_model


class Corpus:
    """Counting upwards, in documents of random start."""

    vocab_size = 10
    end_of_document = 0
    fingerprint = "counting"

    def tokens(self, split):
        starts = np.random.default_rng(len(split)).integers(0, 9, 200)
        rows = [np.append((start + np.arange(11)) % 9 + 1, 0) for start in starts]
        return np.concatenate(rows).astype(np.uint16)

    def offsets(self, split):
        return np.arange(0, 12 * 200 + 1, 12, dtype=np.int64)


class Pruned(Exception):
    pass


class Sink(ListSink):
    """Stops the run at a step, as a search does."""

    def __init__(self, last):
        super().__init__()
        self.last = last

    def log(self, step, metrics):
        super().log(step, metrics)
        if step >= self.last:
            raise Pruned


def main():
    strategy, num_ranks, last, output, store = sys.argv[1:]
    vocabulary = {END_OF_DOCUMENT: 0, **{chr(97 + i): i + 1 for i in range(9)}}
    config = PretrainingConfig(
        model=LanguageModelConfig(depth=1, width=32, context_length=16),
        training=TrainingConfig(
            num_steps=12,
            batch_size=8,
            num_accumulations=4,
            validate_every=4,
            validation_batches=2,
            log_every=1,
            num_threads=1,
            checkpoint_every_seconds=0.0,
            distribution={"strategy": strategy, "num_ranks": int(num_ranks)},
        ),
    )
    try:
        history = pretrain_language_model(
            Corpus(),
            config,
            output=output,
            tokenizer_json=Tokenizer(models.BPE(vocabulary, [])).to_str(),
            store=DirectoryCheckpointStore(store),
            sink=Sink(int(last)),
        )
    except Pruned:
        print("RESULT pruned")
    else:
        print("RESULT", json.dumps(history))


if __name__ == "__main__":
    main()
'''


@pytest.fixture
def train(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(SCRIPT, encoding="utf-8")

    def run(name, strategy, num_ranks, *, last=1000, store=None):
        output = tmp_path / name
        words = [strategy, num_ranks, last, output, tmp_path / f"store_{store or name}"]
        done = subprocess.run(
            [sys.executable, script, *map(str, words)],
            check=False,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        (line,) = [x for x in done.stdout.splitlines() if x.startswith("RESULT")]
        if line == "RESULT pruned":
            return None
        weights = load_language_model(output).state_dict()
        return json.loads(line.removeprefix("RESULT")), weights

    return run


def _assert_same(found, expected):
    (rows, weights), (expected_rows, expected_weights) = found, expected
    assert len(rows) == len(expected_rows) == 12
    for name in ("train_loss", "validation_loss", "gradient_norm"):
        values = [row[name] for row in rows if row[name] is not None]
        wanted = [row[name] for row in expected_rows if row[name] is not None]
        assert values == pytest.approx(wanted, rel=1e-4, abs=1e-5)
    for name, weight in weights.items():
        torch.testing.assert_close(weight, expected_weights[name], rtol=0, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["ddp", "fsdp"])
def test_two_processes_train_as_one_does(train, strategy):
    _assert_same(train("two", strategy, 2), train("one", "none", 1))


@pytest.mark.slow
def test_a_run_stopped_by_its_sink_goes_on_with_another_number_of_ranks(train):
    expected = train("straight", "none", 1)
    assert train("first", "none", 1, last=4, store="shared") is None
    assert train("second", "ddp", 2, last=8, store="shared") is None
    _assert_same(train("third", "none", 1, store="shared"), expected)
