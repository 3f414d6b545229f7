import pandas as pd
import pytest
import torch

from taojin.core.errors import DataError
from taojin.evaluation.explanations import ProxyConfig
from taojin.evaluation.judging.reasons import (
    ReasonsConfig,
    check_explanations,
    explain_decisions,
    explain_generations,
)
from taojin.models.classifier import SequenceClassifier
from taojin.models.heads import LoadedHead

CONFIG = ReasonsConfig.model_validate(
    {
        "num_likely": 6,
        "leaning": {"num_documents": 2, "num_candidates": 6, "max_tokens": 64},
    }
)


@pytest.fixture
def documents(write_texts):
    texts = write_texts(20, 1, words=6)
    return pd.DataFrame(
        {
            "document_id": [f"d{number}" for number in range(20)],
            "text": texts,
            "title": [None] * 20,
            "source": "wiki",
            "licence": "MIT",
        }
    )


@pytest.fixture
def head(base):
    torch.manual_seed(1)
    model = SequenceClassifier(base.model.shape, ("no", "yes"), "mean").eval()
    for weight in model.parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=0.2)
    return LoadedHead(model, base.tokenizer, base.edges)


def test_a_text_leans_most_on_the_document_it_repeats(base, documents):
    texts = [documents["text"][7], documents["text"][3]]

    found = explain_generations(base, pd.DataFrame({"text": texts}), documents, CONFIG)

    assert [one["documents"][0]["document_id"] for one in found] == ["d7", "d3"]
    first = found[0]["documents"][0]
    assert (first["rank"], first["source"], first["licence"]) == (1, "wiki", "MIT")
    assert first["title"] is None
    assert first["gradient"] > found[0]["documents"][1]["gradient"]


def test_nothing_generated_leans_on_nothing(base, documents):
    assert (
        explain_generations(base, pd.DataFrame({"text": []}), documents, CONFIG) == []
    )


def test_an_empty_generation_is_an_error(base, documents):
    with pytest.raises(DataError, match="no text"):
        explain_generations(base, pd.DataFrame({"text": [""]}), documents, CONFIG)


CHECKED = ReasonsConfig.model_validate(
    {
        "leaning": {"num_candidates": 8, "max_tokens": 64},
        "removal": {
            "num_removed": 1,
            "num_repeats": 2,
            "num_documents": 12,
            "max_characters": 30,
            "seed": 3,
        },
    }
)


def test_explanations_are_checked_on_documents_like_the_texts_and_others(
    base, documents
):
    pools = []

    def make_retrain(model, pool, config):
        assert model is base
        assert config == ProxyConfig()
        pools.append(pool)
        return lambda *_: base

    texts = pd.DataFrame({"text": [documents["text"][7][:30], documents["text"][3]]})

    found = check_explanations(base, texts, documents, make_retrain, CHECKED)

    [pool] = pools
    assert len(pool) == 12
    assert {"d3", "d7"} <= set(pool["document_id"])
    assert pool["text"].str.len().max() == 30
    assert found["difference"]["value"] == 0.0
    assert not found["is_shown"]
    assert (found["num_generations"], found["num_removed"]) == (2, 1)
    assert found["num_named"] == 2


def test_explanations_that_cannot_be_checked_say_why(base, documents):
    texts = pd.DataFrame({"text": [documents["text"][7]]})

    found = check_explanations(
        base, texts, documents, lambda *_: lambda *_: base, CHECKED
    )

    assert "at least 2" in found["problem"]


def test_a_decision_is_divided_among_the_tokens_of_its_text(head):
    examples = pd.DataFrame({"text": ["金 is gold", "sand"], "label": ["yes", "no"]})

    found = explain_decisions(head, examples, CONFIG)

    for row, text in zip(found, examples["text"], strict=True):
        assert "".join(row["parts"]) == text
        allowed = 0.02 * max(1.0, abs(row["logit"] - row["baseline"]))
        assert sum(row["values"]) == pytest.approx(
            row["logit"] - row["baseline"], abs=allowed
        )


def test_a_decision_that_cannot_be_explained_says_why(head):
    examples = pd.DataFrame({"text": ["", "sand"], "label": ["yes", "no"]})

    found = explain_decisions(head, examples, CONFIG)

    assert "no token" in found[0]["problem"]
    assert "parts" in found[1]
