import numpy as np
import pytest

from taojin.core.randomness import generator
from taojin.models.bases import load_base
from taojin.models.encoding import PromptedSequence, ScoredSequence
from taojin.training.objectives import IGNORED, Continuation
from taojin.training.sequences import (
    FlaggedSequence,
    SequencePair,
    collate_flagged,
    collate_packed,
    collate_pairs,
    collate_scored,
    pack_sequences,
)

SHORT = ScoredSequence([0, 5, 6], [False, False, True])
LONG = ScoredSequence([0, 1, 2, 3, 0], [False, True, False, True, True])


def _random_sequences(number, max_tokens):
    draw = generator(3, "sequences")
    sequences = []
    for _ in range(number):
        length = int(draw.integers(2, max_tokens + 2))
        scored = [False, *(draw.random(length - 1) < 0.7).tolist()]
        tokens = draw.integers(1, 250, length).tolist()
        sequences.append(ScoredSequence(tokens, scored))
    return sequences


def test_only_scored_tokens_are_targets():
    batch = collate_scored([SHORT, LONG])

    assert batch.inputs.tolist() == [[0, 5, 0, 0], [0, 1, 2, 3]]
    assert batch.targets.tolist() == [
        [IGNORED, 6, IGNORED, IGNORED],
        [1, IGNORED, 3, 0],
    ]


def test_only_targets_count_after_a_prompt():
    short = PromptedSequence([0, 5, 0], 2)
    long = PromptedSequence([0, 1, 2, 3, 0], 2)

    batch = collate_scored(
        [ScoredSequence.of_prompted(short), ScoredSequence.of_prompted(long)]
    )

    assert batch.inputs.tolist() == [[0, 5, 0, 0], [0, 1, 2, 3]]
    assert batch.targets.tolist() == [
        [IGNORED, 0, IGNORED, IGNORED],
        [IGNORED, 2, 3, 0],
    ]


def test_flags_and_references_go_along():
    flagged = collate_flagged(
        [FlaggedSequence(SHORT, flagged=True), FlaggedSequence(LONG, flagged=False)]
    )
    pairs = collate_pairs(
        [SequencePair(SHORT, LONG, (1.0, 2.0)), SequencePair(LONG, SHORT, (3.0, 4.0))]
    )

    assert flagged.flagged.tolist() == [True, False]
    assert pairs.inputs[:, 1].tolist() == [5, 1, 1, 5]
    assert pairs.reference.tolist() == [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize("number", [1, 7, 300])
def test_packing_keeps_every_sequence_and_fills_the_rows(number):
    sequences = _random_sequences(number, max_tokens=24)

    rows = pack_sequences(sequences, 24)

    packed = [sequence for row in rows for sequence in row.sequences]
    assert sorted(packed) == sorted(sequences)
    assert max(row.num_tokens for row in rows) <= 24
    if number == 300:
        assert np.mean([row.num_tokens for row in rows]) > 0.95 * 24


def test_nothing_packs_into_no_rows():
    assert pack_sequences([], 24) == []


@pytest.mark.parametrize("kind", ["own", "gpt2", "llama", "gptj"])
def test_a_packed_sequence_sees_itself_alone(base_folder, kind):
    objective = Continuation(load_base(base_folder(kind)).model)
    sequences = _random_sequences(12, max_tokens=14)

    rows = pack_sequences(sequences, 40)
    assert any(len(row.sequences) > 1 for row in rows)
    packed = objective.loss(collate_packed(rows))

    alone = [objective.loss(collate_scored([sequence])) for sequence in sequences]
    assert packed.num_units == sum(loss.num_units for loss in alone)
    assert packed.total.item() == pytest.approx(
        sum(loss.total.item() for loss in alone), rel=1e-5
    )
