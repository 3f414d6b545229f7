import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn import functional

from taojin.core.errors import DataError
from taojin.evaluation.explanations import (
    LeaningConfig,
    RemovalConfig,
    check_by_removal,
    documents_leaned_on,
)
from taojin.evaluation.explanations.removal import crossed_mean
from taojin.models.bases import Base
from taojin.models.config import LanguageModelConfig
from taojin.models.encoding import document_edges, encode
from taojin.models.language_model import LanguageModel
from taojin.models.padding import pad_tokens

CONFIG = RemovalConfig(num_removed=2, num_repeats=3, num_neighbours=26)
REPEATED = (3, 6, 8, 12, 14)
IGNORED = -100


def world():
    """Sixteen sentences of letters, each in two documents."""
    draw = np.random.default_rng(0)
    sentences = ["".join(draw.choice(list("abcdefgh金沙"), 12)) for _ in range(16)]
    return {
        f"{place}{copy}": text for place, text in enumerate(sentences) for copy in "xy"
    }, sentences


def retrainer(documents, tokenizer):
    edges = document_edges(tokenizer)

    def retrain(names, seed):
        torch.manual_seed(seed)
        config = LanguageModelConfig(depth=1, width=32, context_length=64)
        model = LanguageModel(config.shape(257))
        rows = [
            [edges.start, *encode(tokenizer, documents[n]), edges.end] for n in names
        ]
        tokens = pad_tokens(rows, IGNORED)
        optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
        for _ in range(40):
            logits = model(tokens[:, :-1].clamp(min=0)).flatten(0, 1)
            loss = functional.cross_entropy(
                logits, tokens[:, 1:].flatten(), ignore_index=IGNORED
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        return Base(model.eval(), tokenizer, edges)

    return retrain


def frame_of(documents):
    return pd.DataFrame(
        {"document_id": list(documents), "text": list(documents.values())}
    )


def test_removing_what_generations_lean_on_raises_their_loss_more_than_chance(
    byte_tokenizer,
):
    documents, sentences = world()
    retrain = retrainer(documents, byte_tokenizer)
    frame = frame_of(documents)
    generations = pd.DataFrame({"text": [sentences[n] for n in REPEATED]})

    leanings = documents_leaned_on(
        retrain(list(documents), 0), generations, frame, LeaningConfig(num_documents=2)
    )
    found = check_by_removal(generations, leanings, frame, retrain, CONFIG)

    named = leanings.groupby("generation")["document_id"].agg(set).to_dict()
    assert named == {place: {f"{n}x", f"{n}y"} for place, n in enumerate(REPEATED)}
    assert found.is_shown
    assert found.difference.low > 0.1
    assert found.without_named > found.without_random
    assert (found.num_named, found.num_documents, found.num_trainings) == (10, 32, 6)


@pytest.mark.long
def test_wrong_names_are_no_better_than_chance(byte_tokenizer):
    documents, sentences = world()
    retrain = retrainer(documents, byte_tokenizer)
    wrong = leanings_of(["1x", "5y", "7x", "9y", "10x"])
    generations = pd.DataFrame({"text": [sentences[n] for n in REPEATED]})

    found = check_by_removal(generations, wrong, frame_of(documents), retrain, CONFIG)

    assert not found.is_shown
    assert found.difference.value < 0.1


def leanings_of(names):
    return pd.DataFrame(
        {
            "generation": range(len(names)),
            "rank": [1] * len(names),
            "document_id": names,
        }
    )


def test_random_documents_are_as_long_as_the_named_ones_and_none_of_them(
    byte_tokenizer,
):
    # Three lengths, of which the named documents have one.
    documents = {f"d{n}": "abc"[n % 3] * (4, 40, 12)[n % 3] for n in range(30)}
    trained_on = []

    def remember(names, seed):
        trained_on.append((set(documents) - set(names), seed))
        return Base(model, byte_tokenizer, document_edges(byte_tokenizer))

    config = LanguageModelConfig(depth=1, width=32, context_length=64)
    model = LanguageModel(config.shape(257)).eval()
    generations = pd.DataFrame({"text": ["a", "b"]})
    check = RemovalConfig(num_repeats=4, num_neighbours=3)

    found = check_by_removal(
        generations, leanings_of(["d1", "d4"]), frame_of(documents), remember, check
    )

    named, others = trained_on[::2], trained_on[1::2]
    assert all(removed == {"d1", "d4"} for removed, _ in named)
    assert all(len(removed) == 2 for removed, _ in others)
    lengths = {len(documents[name]) for removed, _ in others for name in removed}
    assert lengths == {40}
    assert all(not removed & {"d1", "d4"} for removed, _ in others)
    assert len({frozenset(removed) for removed, _ in others}) > 1
    seeds = [seed for _, seed in trained_on]
    assert seeds[::2] == seeds[1::2]
    assert len(set(seeds)) == 4
    assert found.difference.value == 0.0
    assert not found.is_shown


def test_the_interval_of_a_mean_over_rows_and_columns_covers_it():
    draw = np.random.default_rng(0)
    hits = 0
    for _ in range(300):
        rows, columns = draw.normal(size=(12, 1)), 0.5 * draw.normal(size=(1, 4))
        table = rows + columns + draw.normal(size=(12, 4))
        found = crossed_mean(table, 0.95)
        hits += found.low <= 0.0 <= found.high

    assert 0.92 <= hits / 300 <= 1.0


def test_the_interval_grows_with_what_the_trainings_differ_by():
    draw = np.random.default_rng(1)
    table = draw.normal(size=(30, 3))
    shifted = table + np.array([[-1.0, 0.0, 1.0]])

    narrow, wide = (crossed_mean(one, 0.95) for one in (table, shifted))

    assert wide.value == pytest.approx(narrow.value)
    assert wide.high - wide.low > 3 * (narrow.high - narrow.low)


def unreachable(names, seed):
    raise AssertionError(names, seed)


@pytest.mark.parametrize(
    ("texts", "names", "documents", "problem"),
    [
        (["a", "b"], ["x"], "xyzuvw", "no named documents"),
        (["a", "b"], ["x", "x"], "xy", "some must be left"),
        (["a", "b"], ["x", "q"], "xyzuvw", "not among those to train on"),
        (["a"], ["x"], "xyzuvw", "at least 2 are needed"),
    ],
)
def test_what_cannot_be_checked_is_refused(texts, names, documents, problem):
    frame = frame_of({name: name for name in documents})

    with pytest.raises(DataError, match=problem):
        check_by_removal(
            pd.DataFrame({"text": texts}),
            leanings_of(names),
            frame,
            unreachable,
            CONFIG,
        )
