import numpy as np
import pytest

from taojin.core.errors import EmptyStageError
from taojin.curation.config import ThresholdRule
from taojin.features.tokens import TokenShards
from taojin.training.tuning.selection import (
    passing_documents,
    select_training_documents,
)


def rule(**bounds):
    return ThresholdRule(name="letters", signal="share_letter_chars", **bounds)


def test_documents_pass_by_their_signals_whatever_their_licence(corpus):
    passing = passing_documents(corpus.signals, [rule(at_least=0.5)])
    ids = corpus.splits["document_id"]
    assert passing == {one for row, one in enumerate(ids) if row % 3}


def test_every_rule_must_be_passed(corpus):
    rules = [
        rule(at_least=0.5),
        rule(at_most=0.85).model_copy(update={"name": "not_too_many"}),
    ]
    passing = passing_documents(corpus.signals, rules)
    assert passing == {f"{row:032x}" for row in range(1, 90, 3)}


def test_only_training_documents_are_left_out(corpus, tmp_path):
    passing = passing_documents(corpus.signals, [rule(at_least=0.5)])
    selected = select_training_documents(corpus.tokens, passing, tmp_path / "shards")

    kept = selected.documents("train")["document_id"].tolist()
    assert kept == [f"{row:032x}" for row in range(60) if row % 3]
    for split in ("validation", "test"):
        before, after = corpus.tokens.tokens(split), selected.tokens(split)
        assert np.array_equal(before, after)


def test_what_is_left_has_its_own_tokens(corpus, tmp_path):
    passing = {f"{7:032x}", f"{31:032x}"}
    selected = select_training_documents(corpus.tokens, passing, tmp_path / "shards")
    whole = corpus.tokens.document_tokens("train")
    found = selected.document_tokens("train")
    assert [one.tolist() for one in found] == [whole[7].tolist(), whole[31].tolist()]


def test_a_selection_is_sound_and_has_a_fingerprint_of_its_own(corpus, tmp_path):
    selected = select_training_documents(
        corpus.tokens, {f"{7:032x}"}, tmp_path / "shards"
    )
    assert TokenShards.open(selected.root).fingerprint == selected.fingerprint
    assert selected.fingerprint != corpus.tokens.fingerprint


def test_rules_that_leave_nothing_are_told_of(corpus, tmp_path):
    passing = passing_documents(corpus.signals, [rule(at_least=1.0)])
    with pytest.raises(EmptyStageError, match="drop all 60 training documents"):
        select_training_documents(corpus.tokens, passing, tmp_path / "shards")
