import pytest
import torch

from taojin.models.classifier import Pooling, SequenceClassifier
from taojin.models.config import LanguageModelConfig


def _classifier(pooling: Pooling = "last"):
    torch.manual_seed(0)
    shape = LanguageModelConfig(depth=1, width=32, context_length=16).shape(50)
    model = SequenceClassifier(shape, ("a", "b", "c"), pooling).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model


@pytest.mark.parametrize("pooling", ["mean", "last"])
def test_padding_does_not_change_the_answer(pooling):
    model = _classifier(pooling)
    text = torch.tensor([[4, 9, 2]])
    padded = torch.tensor([[4, 9, 2, 0, 7, 7]])

    alone = model(text, torch.tensor([3]))

    torch.testing.assert_close(model(padded, torch.tensor([3])), alone)


def test_the_last_real_token_is_read():
    model = _classifier()
    padded = torch.tensor([[4, 9, 2, 8]])

    assert not torch.allclose(
        model(padded, torch.tensor([3])), model(padded, torch.tensor([4]))
    )


def test_a_new_classifier_prefers_no_class():
    shape = LanguageModelConfig(depth=1, width=32).shape(50)

    logits = SequenceClassifier(shape, ("a", "b"))(
        torch.tensor([[1]]), torch.tensor([1])
    )

    assert logits.tolist() == [[0.0, 0.0]]


def test_dropout_acts_in_training_only():
    model = _classifier()
    tokens, lengths = torch.tensor([[4, 9, 2]]), torch.tensor([3])

    still = model(tokens, lengths, dropout=0.9)
    model.train()

    torch.testing.assert_close(still, model(tokens, lengths))
    assert not torch.allclose(still, model(tokens, lengths, dropout=0.9))


def test_the_mean_is_over_the_real_tokens():
    model = _classifier("mean")
    tokens = torch.tensor([[4, 9, 2, 8]])

    states = model.model(tokens[:, :3])

    torch.testing.assert_close(
        model(tokens, torch.tensor([3])), model.score(states.mean(1))
    )
