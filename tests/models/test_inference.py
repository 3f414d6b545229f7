import pytest
import torch

from taojin.models.config import LanguageModelConfig
from taojin.models.continuation import CachedModel
from taojin.models.inference import InferenceModel
from taojin.models.language_model import LanguageModel

CONTEXT = 24


def _model(**settings):
    torch.manual_seed(1)
    values = {"depth": 2, "width": 32, "context_length": CONTEXT, "head_width": 8}
    model = LanguageModel(LanguageModelConfig(**{**values, **settings}).shape(50))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model.eval()


@torch.no_grad()
def _last_logits(model, rows):
    return torch.cat([model(torch.tensor([row]))[:, -1] for row in rows])


@pytest.mark.parametrize("kind", [InferenceModel, CachedModel])
@pytest.mark.parametrize(
    "prompts", [[[3]], [[1, 2], [5, 6], [7, 8]], [[1, 2, 3, 4], [9], [5, 6]]]
)
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"num_key_value_heads": 4},
        {"num_key_value_heads": 1, "tie_embeddings": True},
        {"max_ngram": 3},
    ],
)
def test_every_step_gives_the_logits_of_reading_all_again(kind, prompts, settings):
    model = _model(**settings)
    rows = [list(prompt) for prompt in prompts]
    text = kind(model).begin(prompts, 8)

    for step in range(7):
        torch.testing.assert_close(
            text.logits, _last_logits(model, rows), rtol=1e-4, atol=1e-4
        )
        tokens = torch.arange(len(rows)) + step
        for row, token in zip(rows, tokens.tolist(), strict=True):
            row.append(token)
        text.append(tokens)


@pytest.mark.parametrize("kind", [InferenceModel, CachedModel])
def test_rows_go_on_alone_as_they_did_together(kind):
    model = _model()
    text = kind(model).begin([[1, 2, 3], [4], [5, 6]], 4)
    text.append(torch.tensor([7, 8, 9]))

    text.keep_rows(torch.tensor([2, 0]))
    kept = text.logits.clone()
    found = text.append(torch.tensor([1, 2]))

    rows = [[5, 6, 9], [1, 2, 3, 7]]
    torch.testing.assert_close(kept, _last_logits(model, rows), rtol=1e-4, atol=1e-4)
    longer = [[5, 6, 9, 1], [1, 2, 3, 7, 2]]
    torch.testing.assert_close(found, _last_logits(model, longer), rtol=1e-4, atol=1e-4)


def test_all_logits_are_those_of_the_model():
    model = _model()
    tokens = torch.randint(50, (3, CONTEXT))

    found = InferenceModel(model).all_logits(tokens)

    with torch.no_grad():
        torch.testing.assert_close(found, model(tokens), rtol=1e-4, atol=1e-4)


def test_the_model_is_copied_not_changed():
    model = _model()
    before = {name: one.clone() for name, one in model.named_parameters()}
    copied = InferenceModel(model)
    expected = copied.begin([[1, 2]], 1).logits.clone()

    assert all(torch.equal(before[n], p) for n, p in model.named_parameters())
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    assert torch.equal(copied.begin([[1, 2]], 1).logits, expected)


def test_the_last_token_may_lie_just_behind_the_context():
    ready = InferenceModel(_model())

    ready.begin([[1] * CONTEXT], 1)
    with pytest.raises(ValueError, match="25 tokens exceed the context of 24"):
        ready.begin([[1] * CONTEXT], 2)
