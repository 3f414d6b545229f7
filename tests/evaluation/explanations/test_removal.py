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
from taojin.evaluation.intervals import IntervalConfig
from taojin.models.bases import Base
from taojin.models.config import LanguageModelConfig
from taojin.models.encoding import document_edges, encode
from taojin.models.language_model import LanguageModel
from taojin.models.padding import pad_tokens

CONFIG = RemovalConfig(
    num_removed=2, num_random=2, intervals=IntervalConfig(num_resamples=200)
)
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

    def retrain(names):
        torch.manual_seed(0)
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


def test_removing_what_a_generation_leans_on_raises_its_loss_more_than_chance(
    byte_tokenizer,
):
    documents, sentences = world()
    retrain = retrainer(documents, byte_tokenizer)
    frame = pd.DataFrame(
        {"document_id": list(documents), "text": list(documents.values())}
    )
    generations = pd.DataFrame({"text": [sentences[3], sentences[8], sentences[12]]})
    names = list(documents)

    leanings = documents_leaned_on(
        retrain(names), generations, frame, LeaningConfig(num_documents=2)
    )
    found = check_by_removal(generations, leanings, names, retrain, CONFIG)

    named = leanings.groupby("generation")["document_id"].agg(set).to_dict()
    assert named == {0: {"3x", "3y"}, 1: {"8x", "8y"}, 2: {"12x", "12y"}}
    assert found.difference.low > 0.1
    assert found.named.value > found.random.value
    assert found.num_trainings == 1 + 2 + 3


@pytest.mark.long
def test_random_names_are_no_better_than_chance(byte_tokenizer):
    documents, sentences = world()
    retrain = retrainer(documents, byte_tokenizer)
    wrong = pd.DataFrame(
        {
            "generation": [0, 1, 2],
            "rank": [1, 1, 1],
            "document_id": ["1x", "5y", "7x"],
        }
    )
    generations = pd.DataFrame({"text": [sentences[3], sentences[8], sentences[12]]})

    found = check_by_removal(generations, wrong, list(documents), retrain, CONFIG)

    assert found.difference.low < 0.1


def unreachable(names):
    raise AssertionError(names)


def test_missing_names_and_too_few_documents_are_refused():
    generations = pd.DataFrame({"text": ["a", "b"]})
    one = pd.DataFrame({"generation": [0], "rank": [1], "document_id": ["x"]})
    both = pd.DataFrame(
        {"generation": [0, 1], "rank": [1, 1], "document_id": ["x", "x"]}
    )

    with pytest.raises(DataError, match="no named documents"):
        check_by_removal(generations, one, ["x", "y"], unreachable, CONFIG)
    with pytest.raises(DataError, match="some must be left"):
        check_by_removal(generations, both, ["x"], unreachable, CONFIG)
