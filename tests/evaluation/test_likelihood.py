import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

from taojin.core.errors import ConfigurationError, TrainingError
from taojin.core.shards import write_shards
from taojin.evaluation.intervals import IntervalConfig
from taojin.evaluation.likelihood import (
    LikelihoodConfig,
    bits_per_byte,
    document_losses,
    unigram_losses,
)
from taojin.features.tokenisation import tokenise_documents
from taojin.features.tokenizer import TokenizerConfig, train_tokenizer

TEXTS = [
    "Train text about numbers and names, " * 20,
    "A validation text.",
    "Test text: short.",
    "测试文本 😀",
    "A longer test text about names and numbers. " * 12,
    "x",
]


@pytest.fixture(scope="module")
def tokens(tmp_path_factory):
    folder = tmp_path_factory.mktemp("likelihood")
    ids = [f"d{number}" for number in range(len(TEXTS))]
    table = pa.table({"document_id": ids, "text": pa.array(TEXTS, pa.large_string())})
    documents = write_shards([table], folder / "documents")
    splits = pd.DataFrame(
        {"document_id": ids, "split": ["train", "validation", *["test"] * 4]}
    )
    made = train_tokenizer(documents, splits, TokenizerConfig(vocab_size=280))
    return tokenise_documents(documents, splits, made, folder / "tokens")


class Counting(torch.nn.Module):
    """A causal model that depends on every token it sees, through their sum."""

    def __init__(self, vocab_size):
        super().__init__()
        random = torch.Generator().manual_seed(0)
        self.table = torch.nn.Parameter(torch.randn(97, vocab_size, generator=random))

    def forward(self, tokens):
        return self.table[tokens.cumsum(1) % 97]


def uniform(vocab_size):
    return lambda tokens: torch.zeros(*tokens.shape, vocab_size)


def by_hand(model, tokens, split):
    """One document at a time, whole, no windows, no batches."""
    nats = []
    stream, offsets = tokens.tokens(split), tokens.offsets(split)
    for first, last in pairwise(offsets):
        body = stream[first:last].tolist()
        given = torch.tensor([[tokens.end_of_document, *body[:-1]]])
        log_shares = model(given)[0].double().log_softmax(-1)
        nats.append(-log_shares[range(len(body)), body].sum().item())
    return nats


@pytest.mark.parametrize("stride_share", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("context_length", [2, 3, 16, 1000])
def test_every_token_is_scored_exactly_once(tokens, context_length, stride_share):
    config = LikelihoodConfig(stride_share=stride_share, batch_tokens=64)
    model = uniform(tokens.vocab_size)

    losses = document_losses(model, tokens, "test", context_length, config)

    expected = losses["num_tokens"] * math.log(tokens.vocab_size)
    np.testing.assert_allclose(losses["nats"], expected, rtol=1e-5)
    assert sum(losses["num_tokens"]) == len(tokens.tokens("test"))


def test_whole_documents_agree_with_a_hand_computation(tokens):
    model = Counting(tokens.vocab_size)

    losses = document_losses(model, tokens, "test", 1000)

    np.testing.assert_allclose(
        losses["nats"], by_hand(model, tokens, "test"), rtol=1e-5
    )


@pytest.mark.parametrize("batch_tokens", [1, 50, 10_000])
def test_the_batch_size_does_not_show(tokens, batch_tokens):
    model = Counting(tokens.vocab_size)
    reference = document_losses(model, tokens, "test", 16)

    losses = document_losses(
        model, tokens, "test", 16, LikelihoodConfig(batch_tokens=batch_tokens)
    )

    np.testing.assert_allclose(losses["nats"], reference["nats"], rtol=1e-5)


def test_a_token_is_predicted_from_left_context_within_its_document_alone(tokens):
    seen = []

    def model(given):
        seen.append(given)
        return torch.zeros(*given.shape, tokens.vocab_size)

    document_losses(model, tokens, "test", 1000, LikelihoodConfig(batch_tokens=1))

    offsets, stream = tokens.offsets("test"), tokens.tokens("test")
    given = sorted(batch[0].tolist() for batch in seen)
    expected = sorted(
        [tokens.end_of_document, *stream[first : last - 1].tolist()]
        for first, last in pairwise(offsets)
    )
    assert given == expected


def test_more_left_context_helps_a_model_that_uses_it(tokens):
    """A model that knows the text's period is better the more it sees."""
    stream = torch.from_numpy(tokens.tokens("test").astype(np.int64))

    def copying(given):
        logits = torch.zeros(*given.shape, tokens.vocab_size)
        for row, sequence in enumerate(given):
            for place in range(1, len(sequence)):
                before = (sequence[:place] == sequence[place]).nonzero()
                if len(before):
                    follower = sequence[before[-1, 0] + 1]
                    logits[row, place, follower] = 5.0
        return logits

    assert len(stream)
    short = document_losses(copying, tokens, "test", 4)
    long = document_losses(copying, tokens, "test", 200)
    assert long["nats"].iloc[2] < short["nats"].iloc[2]


def test_unigram_baseline_by_hand(tokens):
    losses = unigram_losses(tokens, "test")

    counts = np.bincount(tokens.tokens("train"), minlength=tokens.vocab_size) + 1
    shares = counts / counts.sum()
    first, last = tokens.offsets("test")[2:4]
    expected = -np.log(shares[tokens.tokens("test")[first:last]]).sum()
    assert losses["nats"].iloc[2] == pytest.approx(expected)
    assert min(losses["nats"]) > 0


def test_bits_per_byte_of_known_losses():
    frame = pd.DataFrame(
        {"nats": [8 * math.log(2), 4 * math.log(2)], "num_bytes": [2, 4]}
    )

    assert bits_per_byte(frame, IntervalConfig()).value == pytest.approx(12 / 6)


def test_a_worse_model_has_more_bits_per_byte(tokens):
    """Monotone under graded corruption of a good model's logits."""
    counts = np.bincount(tokens.tokens("test"), minlength=tokens.vocab_size) + 0.1
    good = torch.from_numpy(np.log(counts / counts.sum())).float()

    def corrupted(share):
        logits = (1 - share) * good
        return lambda given: logits.expand(*given.shape, -1)

    values = [
        bits_per_byte(
            document_losses(corrupted(share), tokens, "test", 64), IntervalConfig()
        ).value
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]

    assert values == sorted(values)
    assert len(set(values)) == 5


def test_a_model_that_fails_is_named_not_averaged(tokens):
    def broken(given):
        return torch.full((*given.shape, tokens.vocab_size), math.nan)

    with pytest.raises(TrainingError, match="4 of 4 documents"):
        document_losses(broken, tokens, "test", 16)


def test_a_context_of_one_token_is_refused(tokens):
    with pytest.raises(ConfigurationError, match="context_length is 1"):
        document_losses(uniform(tokens.vocab_size), tokens, "test", 1)
