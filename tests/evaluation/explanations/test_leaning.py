from typing import cast

import numpy as np
import pandas as pd
import pytest
import torch

from taojin.core.errors import ConfigurationError, DataError
from taojin.evaluation.explanations import LeaningConfig, documents_leaned_on
from taojin.evaluation.explanations.gradients import GradientSketch
from taojin.evaluation.explanations.passages import (
    generated_sequence,
    loss_of,
    passages_of,
    representations,
)
from taojin.models.bases import Base
from taojin.models.config import LanguageModelConfig
from taojin.models.encoding import document_edges
from taojin.models.language_model import LanguageModel

WORDS = [
    "river",
    "stone",
    "gold",
    "sand",
    "pan",
    "water",
    "light",
    "night",
    "snow",
    "field",
    "河",
    "石",
    "金",
    "沙",
    "盘",
    "水",
]


def texts(count=30, seed=0):
    draw = np.random.default_rng(seed)
    return [" ".join(draw.choice(WORDS, 8)) for _ in range(count)]


def untrained_base(tokenizer, seed=0, **shape):
    torch.manual_seed(seed)
    config = LanguageModelConfig(depth=2, width=32, context_length=64, **shape)
    model = LanguageModel(config.shape(257)).eval()
    for weight in model.parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=0.1)
    return Base(model, tokenizer, document_edges(tokenizer))


@pytest.fixture(scope="module")
def base(byte_tokenizer):
    return untrained_base(byte_tokenizer)


def frame(documents):
    ids = [f"d{place}" for place in range(len(documents))]
    return pd.DataFrame({"document_id": ids, "text": documents})


def generated(*items, prompt=""):
    return pd.DataFrame({"prompt": [prompt] * len(items), "text": list(items)})


@pytest.mark.parametrize("weights", ["blocks", "head", "all"])
@pytest.mark.parametrize("projection_size", [2048, None])
def test_a_planted_duplicate_is_found_first(base, weights, projection_size):
    documents = texts()
    config = LeaningConfig(weights=weights, projection_size=projection_size)

    found = documents_leaned_on(
        base, generated(documents[7], documents[21]), frame(documents), config
    )

    first = found[found["rank"] == 1].set_index("generation")
    assert first["document_id"].to_dict() == {0: "d7", 1: "d21"}
    assert np.all(first[["gradient", "representation"]] > 0.9999)


def test_a_copy_deep_inside_a_long_document_is_found(base):
    documents = texts()
    documents[3] = " ".join(texts(8, seed=5)) + documents[11][:62]
    passage = passages_of(base, [documents[3]], 64)[-1]
    copied = base.tokenizer.decode(passage.sequence.tokens[1:])

    found = documents_leaned_on(base, generated(copied), frame(documents))

    assert found.iloc[0]["document_id"] == "d3"
    assert list(found["document_id"]).count("d3") == 1


def test_documents_are_ranked_by_gradient_and_their_number_is_as_asked(base):
    config = LeaningConfig(num_documents=4, num_candidates=9)

    found = documents_leaned_on(base, generated("gold 金"), frame(texts()), config)

    assert list(found["rank"]) == [1, 2, 3, 4]
    assert found["gradient"].is_monotonic_decreasing
    assert found["gradient"].between(-1, 1).all()


def test_only_the_generated_part_counts_not_its_prompt(base):
    documents = texts()
    prompted = generated(documents[4], prompt="river stone ")

    sequence = generated_sequence(base, "river stone ", documents[4])

    assert sum(sequence.scored) == len(base.tokenizer.encode(documents[4]).ids) + 1
    found = documents_leaned_on(base, prompted, frame(documents))
    assert found.iloc[0]["document_id"] == "d4"


def test_the_model_is_left_as_it_was(base):
    before = {name: w.detach().clone() for name, w in base.model.named_parameters()}
    base.model.lm_head.weight.requires_grad = False

    config = LeaningConfig(weights="all")
    documents_leaned_on(base, generated("gold"), frame(texts(5)), config)

    for name, weight in base.model.named_parameters():
        assert torch.equal(weight, before[name])
        assert weight.grad is None
    assert not base.model.lm_head.weight.requires_grad
    base.model.lm_head.weight.requires_grad = True


def test_sketches_keep_cosines_of_whole_gradients(base):
    sequences = [generated_sequence(base, "", text) for text in texts(12)]
    whole, short = (
        torch.stack([GradientSketch(base.model, config).of(row) for row in sequences])
        for config in (LeaningConfig(projection_size=None), LeaningConfig())
    )

    difference = whole @ whole.T - short @ short.T

    assert whole.shape[1] > 4 * short.shape[1]
    assert difference.abs().max() < 4 / 4096**0.5


def test_sketches_of_gradients_without_common_weights_are_strangers(base):
    sketch = GradientSketch(base.model, LeaningConfig(projection_size=64))
    name, weight = next(iter(sketch._weights.items()))
    first = torch.zeros_like(weight)
    first[::2] = 1.0

    one, other = (sketch._projected({name: g}) for g in (first, 1.0 - first))

    assert torch.cosine_similarity(one, other, dim=0).abs() < 0.5


def test_whole_gradients_are_those_of_the_loss(base):
    sequence = generated_sequence(base, "", "gold and sand")
    config = LeaningConfig(weights="head", projection_size=None)
    weight = base.model.lm_head.weight

    (expected,) = torch.autograd.grad(loss_of(base.model, sequence), weight)

    torch.testing.assert_close(
        GradientSketch(base.model, config).of(sequence),
        expected.flatten() / expected.norm(),
    )


def test_representations_do_not_depend_on_the_batch(base):
    sequences = [
        generated_sequence(base, "", text[: 5 + i]) for i, text in enumerate(texts())
    ]

    alone, together = (representations(base.model, sequences, size) for size in (1, 16))

    torch.testing.assert_close(alone, together, rtol=1e-5, atol=1e-6)


def test_models_with_tables_of_ngrams_are_explained(byte_tokenizer):
    base = untrained_base(byte_tokenizer, max_ngram=3)
    documents = texts(10)

    for weights in ("blocks", "all"):
        config = LeaningConfig(weights=weights)
        found = documents_leaned_on(
            base, generated(documents[2]), frame(documents), config
        )
        assert found.iloc[0]["document_id"] == "d2"


def test_bad_input_is_refused(base):
    with pytest.raises(DataError, match="have no text"):
        documents_leaned_on(base, generated("gold", ""), frame(texts(3)))
    with pytest.raises(DataError, match="at least one"):
        documents_leaned_on(base, generated(), frame(texts(3)))
    with pytest.raises(DataError, match="no token"):
        documents_leaned_on(base, generated("gold"), frame(["", ""]))


def test_a_model_without_the_weights_is_refused(base):
    class Headless:
        lm_head = torch.nn.Identity()
        modules = base.model.modules
        named_parameters = base.model.named_parameters

    with pytest.raises(ConfigurationError, match="set weights to all"):
        GradientSketch(cast("LanguageModel", Headless()), LeaningConfig(weights="head"))
