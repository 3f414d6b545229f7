import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import spearmanr

from taojin.core.errors import DataError
from taojin.evaluation.audits.config import ExtractionConfig
from taojin.evaluation.audits.corpora import TrainingCorpus
from taojin.evaluation.audits.extraction import audit_extraction, continue_greedily
from taojin.evaluation.audits.results import AuditResult
from taojin.models.config import LanguageModelConfig
from taojin.models.continuation import CachedModel
from taojin.models.inference import InferenceModel
from taojin.models.language_model import LanguageModel

CONFIG = ExtractionConfig(prefix_tokens=4, suffix_tokens=3)
START = 0


def corpus_of(documents):
    """Each document and the token that ends it."""
    tokens = np.concatenate([[*document, START] for document in documents])
    offsets = np.cumsum([0, *(len(document) + 1 for document in documents)])
    origins = pd.DataFrame(
        {
            "document_id": [f"d{index}" for index in range(len(documents))],
            "source": "web",
            "licence": [
                "MIT" if i % 2 else "GPL-3.0-only" for i in range(len(documents))
            ],
        }
    )
    return TrainingCorpus(tokens, offsets, origins)


def documents(count, seed, size=9):
    return list(np.random.default_rng(seed).integers(1, 50, (count, size)))


TRAIN, OTHERS = documents(20, 1), documents(30, 2)


def remembering(known):
    """A model that goes on as the documents do that it knows, and else with ones."""
    answers = {(START, *map(int, text[:4])): text[4:7].tolist() for text in known}

    def continue_tokens(prompts, num_new):
        return [answers.get(tuple(prompt), [1] * num_new) for prompt in prompts]

    return continue_tokens


def audit(known, train=TRAIN, others=OTHERS):
    return audit_extraction(remembering(known), corpus_of(train), others, CONFIG, START)


def test_text_that_the_model_knows_is_found_with_its_origin():
    result = audit(TRAIN[:6])

    score = result.score("extraction_rate")
    assert score.estimate.value == pytest.approx(6 / 20)
    assert score.null is not None
    assert score.null.value == 0.0
    assert AuditResult.model_validate_json(result.model_dump_json()) == result
    assert sorted(row["document_id"] for row in result.tables["extracted"]) == [
        f"d{index}" for index in range(6)
    ]
    rows = {row["licence"]: row for row in result.tables["extraction_by_origin"]}
    assert {name: row["num_copies"] for name, row in rows.items()} == {
        "MIT": 3,
        "GPL-3.0-only": 3,
    }


def test_what_can_be_guessed_is_the_null():
    train, others = ([np.ones(9, int)] * count for count in (10, 20))

    score = audit([], train, others).score("extraction_rate")

    assert score.null is not None
    assert score.null.low <= score.estimate.value <= score.null.high
    assert score.estimate.value == score.null.value == 1.0


def test_one_wrong_token_is_no_extraction():
    wrong = [text.copy() for text in TRAIN]
    for text in wrong:
        text[6] += 1

    result = audit(wrong)

    assert result.score("extraction_rate").estimate.value == 0.0
    assert result.facts["mean_right_tokens"] == pytest.approx(2 / 3, abs=0.03)


def test_the_more_it_knows_the_higher_in_any_order():
    levels = (0, 5, 10, 15, 20)
    values = [
        audit(TRAIN[:level]).score("extraction_rate").estimate.value for level in levels
    ]
    assert spearmanr(levels, values)[0] == pytest.approx(1.0)

    turned = audit(TRAIN[:6], TRAIN[::-1], OTHERS[::-1])
    assert turned.scores == audit(TRAIN[:6]).scores


def test_documents_are_drawn_by_their_content():
    config = ExtractionConfig(prefix_tokens=4, suffix_tokens=3, max_documents=5)

    results = [
        audit_extraction(
            remembering(TRAIN[:10]), corpus_of(train), OTHERS, config, START
        )
        for train in (TRAIN, TRAIN[::-1])
    ]

    assert results[0].scores == results[1].scores
    assert results[0].facts["num_asked"] == 5
    assert results[0].facts["num_long_enough"] == 20


def test_documents_that_are_all_too_short_are_refused():
    with pytest.raises(DataError, match="of 7 tokens or more: 0 training items"):
        audit([], [text[:6] for text in TRAIN])


@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_a_model_is_continued_with_the_likeliest_tokens(batch_size):
    torch.manual_seed(0)
    model = LanguageModel(
        LanguageModelConfig(depth=1, width=16, context_length=32).shape(50)
    )
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    prompts = [[START, *text[: 3 + i % 3]] for i, text in enumerate(TRAIN[:7])]
    expected = [list(map(int, prompt)) for prompt in prompts]
    with torch.no_grad():
        for row in expected:
            for _ in range(6):
                row.append(int(model(torch.tensor([row]))[0, -1].argmax()))

    for text_model in (InferenceModel(model), CachedModel(model)):
        written = continue_greedily(text_model, batch_size)(prompts, 6)
        assert written == [row[-6:] for row in expected]
