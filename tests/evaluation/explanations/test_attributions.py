import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers

from taojin.core.errors import DataError
from taojin.evaluation.explanations import AttributionConfig, attribute_label
from taojin.models.classifier import Pooling, SequenceClassifier
from taojin.models.config import DecoderShape, LanguageModelConfig
from taojin.models.encoding import END_OF_DOCUMENT, document_edges
from taojin.models.heads import LoadedHead
from taojin.models.hub_heads import HubDecoder

UNKNOWN = "[UNK]"
TEXT = "good gold 金 bad"
METHODS = ["integrated_gradients", "leave_one_out"]


def initialised(model):
    for weight in model.parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=0.3)
    return model.eval()


def own_head(tokenizer, pooling: Pooling = "mean", **shape):
    torch.manual_seed(0)
    config = LanguageModelConfig(depth=2, width=32, context_length=32, **shape)
    vocabulary = max(257, tokenizer.get_vocab_size())
    model = SequenceClassifier(config.shape(vocabulary), ("no", "yes"), pooling)
    return LoadedHead(initialised(model), tokenizer, document_edges(tokenizer))


def hub_head(tokenizer):
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    config = transformers.GPT2Config(
        vocab_size=257, n_positions=32, n_embd=32, n_layer=2, n_head=2
    )
    shape = DecoderShape(
        vocab_size=257, hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=2, head_dim=16, intermediate_size=64,
        max_position_embeddings=32, rope_theta=1e4, rms_norm_eps=1e-6,
        tie_word_embeddings=True,
    )  # fmt: skip
    decoder = HubDecoder(transformers.GPT2Model(config), shape)
    model = SequenceClassifier(shape, ("no", "yes"), "last", decoder=decoder)
    return LoadedHead(initialised(model), tokenizer, document_edges(tokenizer))


@pytest.fixture(params=["mean", "last", "ngrams", "hub"])
def head(request, byte_tokenizer):
    if request.param == "hub":
        return hub_head(byte_tokenizer)
    if request.param == "ngrams":
        return own_head(byte_tokenizer, max_ngram=3)
    return own_head(byte_tokenizer, request.param)


def logit(head, text, label="yes"):
    ids = [head.edges.start, *head.tokenizer.encode(text).ids]
    with torch.no_grad():
        found = head.model(torch.tensor([ids]), torch.tensor([len(ids)]))[0]
    return found[head.model.labels.index(label)].item()


def test_integrated_gradients_add_up_to_the_change_of_the_logit(head):
    found = attribute_label(head, TEXT, "yes")

    change = found.logit - found.baseline
    assert sum(found.values) == pytest.approx(change, abs=1e-3 * max(1, abs(change)))
    assert abs(found.residual) <= 1e-3 * max(1, abs(change))
    assert found.logit == pytest.approx(logit(head, TEXT), abs=1e-5)
    assert abs(change) > 1e-3


def test_leaving_a_part_out_is_done_directly(head):
    config = AttributionConfig(method="leave_one_out", batch_size=3)

    found = attribute_label(head, TEXT, "yes", config)

    first, second = logit(head, TEXT), logit(head, TEXT.replace("金", ""))
    place = found.parts.index("金")
    assert found.values[place] == pytest.approx(first - second, abs=1e-5)
    assert found.baseline == pytest.approx(logit(head, ""), abs=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_parts_cover_the_text_and_tokens_of_one_character_are_one_part(head, method):
    found = attribute_label(head, TEXT, "yes", AttributionConfig(method=method))

    assert "".join(found.parts) == TEXT
    assert found.parts.count("金") == 1
    assert [TEXT[first:last] for first, last in found.spans] == list(found.parts)


@pytest.mark.parametrize("method", METHODS)
def test_the_word_that_decides_is_found(method):
    words = [END_OF_DOCUMENT, UNKNOWN, "good", "bad", "plain", "dull"]
    tokenizer = Tokenizer(
        models.WordLevel({word: i for i, word in enumerate(words)}, unk_token=UNKNOWN)
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    head = own_head(tokenizer)
    optimiser = torch.optim.AdamW(head.model.parameters(), lr=3e-3)
    draw = np.random.default_rng(0)
    for _ in range(60):
        texts = draw.integers(2, 6, (32, 6))
        labels = torch.from_numpy((texts == 2).any(1).astype(int))
        tokens = torch.from_numpy(np.pad(texts, ((0, 0), (1, 0))))
        loss = torch.nn.functional.cross_entropy(
            head.model(tokens, torch.full((32,), 7)), labels
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    config = AttributionConfig(method=method)
    found = attribute_label(head, "plain dull good bad plain", "yes", config)

    assert found.parts[int(np.argmax(found.values))] == "good"


def test_the_likeliest_label_is_explained_if_none_is_named(head):
    found = attribute_label(head, TEXT)

    assert found.label == max(("no", "yes"), key=lambda label: logit(head, TEXT, label))


def test_a_text_longer_than_the_context_is_explained_as_far_as_it_is_read(head):
    found = attribute_label(head, "gold " * 50, "yes")

    assert found.spans[-1][1] == 31


def test_a_text_without_tokens_and_an_unknown_label_are_refused(head):
    with pytest.raises(DataError, match="no token"):
        attribute_label(head, "")
    with pytest.raises(DataError, match="no label 'maybe'"):
        attribute_label(head, TEXT, "maybe")


def test_an_integral_that_is_not_reached_is_an_error_not_a_guess(head):
    config = AttributionConfig(tolerance=1e-12, max_steps=8)

    with pytest.raises(DataError, match="raise max_steps or tolerance"):
        attribute_label(head, TEXT, "yes", config)


def test_the_model_answers_as_before(head):
    before = logit(head, TEXT)

    attribute_label(head, TEXT, "yes")

    assert logit(head, TEXT) == before
    assert all(weight.grad is None for weight in head.model.parameters())
