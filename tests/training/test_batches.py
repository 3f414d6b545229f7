from itertools import pairwise

import numpy as np
import pytest
import torch

from taojin.core.errors import EmptyStageError
from taojin.models.config import LanguageModelConfig
from taojin.models.language_model import LanguageModel
from taojin.training.batches import (
    BucketedSequences,
    LabelledSequence,
    PackedWindows,
    collate_labelled,
)
from taojin.training.objectives import NextToken, TokenBatch


def _corpus(num_documents=40, seed=0):
    """Documents of unique tokens, each ending in 0."""
    draw = np.random.default_rng(seed)
    lengths = draw.integers(1, 30, num_documents)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    tokens = np.arange(1, offsets[-1] + 1, dtype=np.uint16)
    tokens[offsets[1:] - 1] = 0
    return tokens, offsets


def _windows(tokens, offsets, *, context_length=8, batch_size=3, seed=0, **options):
    return PackedWindows(tokens, offsets, context_length, batch_size, seed, **options)


def _documents(windows, index):
    documents = windows.batch(index).documents
    assert documents is not None
    return documents


def test_targets_are_the_tokens_that_follow():
    batch = _windows(*_corpus()).batch(0)

    assert batch.inputs.shape == batch.targets.shape == (3, 8)
    assert torch.equal(batch.inputs[:, 1:], batch.targets[:, :-1])
    assert batch.inputs.dtype == torch.int64


def test_an_epoch_has_every_token_once_but_for_the_rest_of_a_window():
    tokens, offsets = _corpus()
    windows = _windows(tokens, offsets, batch_size=1)

    targets = torch.cat([windows.batch(i).targets for i in range(windows.num_windows)])

    unique, counts = targets[targets > 0].unique(return_counts=True)
    assert counts.max() == 1
    assert len(unique) >= (tokens > 0).sum() - 8


def test_documents_stay_whole_inside_a_window():
    tokens, offsets = _corpus()
    windows = _windows(tokens, offsets, context_length=16)
    ends = set(tokens[offsets[1:] - 2].tolist()) | {0}

    for row in windows.batch(0).inputs.tolist():
        for token, following in pairwise(row):
            assert following in (token + 1, 0) or token in ends


@pytest.mark.parametrize("index", [0, 7, 1000])
def test_a_batch_depends_on_its_number_alone(index):
    corpus = _corpus()
    used = _windows(*corpus)
    used.batch(3)
    used.batch(500)

    assert torch.equal(used.batch(index).inputs, _windows(*corpus).batch(index).inputs)


def test_epochs_and_seeds_have_their_own_order():
    corpus = _corpus()
    windows = _windows(*corpus, batch_size=1)
    first = windows.batch(0).inputs

    assert not torch.equal(first, windows.batch(windows.num_windows).inputs)
    assert not torch.equal(first, _windows(*corpus, batch_size=1, seed=1).batch(0)[0])


def test_a_corpus_smaller_than_a_window_is_refused():
    tokens = np.zeros(8, np.uint16)

    with pytest.raises(EmptyStageError, match=r"8 tokens, fewer than .* 9"):
        _windows(tokens, np.array([0, 8]))


def test_a_corpus_of_one_window_serves_any_number_of_batches():
    tokens = np.arange(9, dtype=np.uint16)
    windows = _windows(tokens, np.array([0, 9]), batch_size=2)

    assert windows.batch(123).inputs.tolist() == [list(range(8))] * 2


def test_the_documents_of_a_batch_are_named():
    _, offsets = _corpus()
    numbers = np.arange(offsets[-1], dtype=np.uint16)
    windows = _windows(numbers, offsets, batch_size=3)

    named = windows.rows(5)

    inputs, targets = windows.batch(5)[:2]
    seen = [*inputs.flatten().tolist(), *targets.flatten().tolist()]
    holders = np.searchsorted(offsets, seen, side="right") - 1
    assert sorted(named) == sorted(set(holders))


def test_each_input_belongs_to_the_document_of_its_target():
    tokens, offsets = _corpus()
    windows = _windows(tokens, offsets, context_length=16, mask_documents=True)

    batch, documents = windows.batch(2), _documents(windows, 2)

    assert documents.shape == batch.inputs.shape
    assert set(documents[:, 0].tolist()) == {0}
    for row, inputs in zip(documents, batch.inputs, strict=True):
        rises = (row[1:] - row[:-1]).tolist()
        assert rises == (inputs[1:] == 0).long().tolist()


def test_a_batch_over_the_edge_of_an_epoch_has_windows_of_both():
    corpus = _corpus()
    one = _windows(*corpus, batch_size=1, mask_documents=True)
    three = _windows(*corpus, batch_size=3, mask_documents=True)
    edge = one.num_windows // 3
    assert one.num_windows % 3

    inputs, documents = three.batch(edge).inputs, _documents(three, edge)

    for row in range(3):
        assert torch.equal(inputs[row], one.batch(3 * edge + row).inputs[0])
        assert torch.equal(documents[row], _documents(one, 3 * edge + row)[0])


def test_empty_documents_are_passed_by():
    tokens = np.array([1, 2, 3, 0, 5, 6, 7, 8, 0], np.uint16)
    offsets = np.array([0, 0, 4, 4, 4, 9, 9])
    windows = _windows(tokens, offsets, batch_size=1, mask_documents=True)

    batch = windows.batch(0)

    assert sorted(batch.targets[0].tolist() + batch.inputs[0, :1].tolist()) == sorted(
        tokens.tolist()
    )
    assert _documents(windows, 0)[0, -1] > 0


def test_documents_are_named_only_where_they_are_to_be_masked():
    assert _windows(*_corpus()).batch(0).documents is None


def test_the_loss_of_masked_windows_is_that_of_their_documents_alone():
    tokens, offsets = _corpus()
    torch.manual_seed(0)
    shape = LanguageModelConfig(depth=2, width=32, context_length=16)
    model = LanguageModel(shape.shape(vocab_size=int(tokens.max()) + 1))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    objective = NextToken(model)
    windows = _windows(tokens, offsets, context_length=16, mask_documents=True)
    batch, documents = windows.batch(1), _documents(windows, 1)

    packed = objective.loss(batch)

    alone = [
        objective.loss(
            TokenBatch(inputs[here == number][None], targets[here == number][None])
        )
        for inputs, targets, here in zip(*batch[:2], documents, strict=True)
        for number in here.unique()
    ]
    assert len(alone) > 3
    assert packed.num_units == sum(loss.num_units for loss in alone)
    total = torch.stack([loss.total for loss in alone]).sum()
    torch.testing.assert_close(packed.total, total, atol=1e-5, rtol=1e-5)
    unmasked = objective.loss(TokenBatch(batch.inputs, batch.targets)).total
    assert (unmasked - total).abs() > 0.1


def _sequences(number, seed=0):
    draw = np.random.default_rng(seed)
    return [
        LabelledSequence([i] * int(length), i)
        for i, length in enumerate(draw.integers(1, 90, number))
    ]


def _bucketed(items, batch_size=4, seed=0):
    lengths = [len(item.tokens) for item in items]
    return BucketedSequences(items, lengths, collate_labelled, batch_size, seed)


@pytest.mark.parametrize("number", [1, 3, 4, 5, 64, 65, 130])
def test_an_epoch_has_every_example_once(number):
    batches = _bucketed(_sequences(number))

    for epoch in range(2):
        start = epoch * batches.num_batches
        indices = range(start, start + batches.num_batches)
        seen = torch.cat([batches.batch(i).targets for i in indices])
        assert sorted(seen.tolist()) == list(range(number))


def test_batches_hold_examples_of_similar_length():
    batches = _bucketed(_sequences(256))
    parts = [batches.batch(i) for i in range(batches.num_batches)]

    padded = sum(part.inputs.numel() for part in parts)
    assert padded < 1.1 * sum(int(part.lengths.sum()) for part in parts)


def test_bucketed_batches_depend_on_their_number_alone():
    used = _bucketed(_sequences(50))
    used.batch(99)

    fresh = _bucketed(_sequences(50)).batch(30)
    assert torch.equal(used.batch(30).inputs, fresh.inputs)
    other = _bucketed(_sequences(50), seed=1).batch(30)
    assert fresh.targets.tolist() != other.targets.tolist()


def test_the_examples_of_a_batch_are_named():
    batches = _bucketed(_sequences(50))

    assert batches.rows(17) == batches.batch(17).targets.tolist()


def test_no_example_is_refused():
    with pytest.raises(EmptyStageError, match="split column"):
        _bucketed([])


def test_labelled_texts_are_padded_to_the_right():
    items = [LabelledSequence([5], 1), LabelledSequence([6, 7, 8], 0)]

    batch = collate_labelled(items)

    assert batch.inputs.tolist() == [[5, 0, 0], [6, 7, 8]]
    assert batch.lengths.tolist() == [1, 3]
    assert batch.targets.tolist() == [1, 0]
