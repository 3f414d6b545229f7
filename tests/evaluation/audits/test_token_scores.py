import numpy as np
import pytest
import torch

from taojin.core.errors import TrainingError
from taojin.evaluation.audits import token_scores
from taojin.evaluation.audits.membership_methods import min_k_plus_plus
from taojin.evaluation.audits.token_scores import TokenScores, score_tokens
from taojin.models.config import LanguageModelConfig
from taojin.models.hub import HubLanguageModel
from taojin.models.language_model import LanguageModel


@pytest.fixture(params=["own", "hub"])
def model(request):
    torch.manual_seed(0)
    if request.param == "own":
        config = LanguageModelConfig(depth=1, width=16, context_length=32)
        network = LanguageModel(config.shape(61))
    else:
        transformers = pytest.importorskip("transformers")
        config = transformers.GPT2Config(
            vocab_size=61, n_embd=16, n_layer=1, n_head=2, n_positions=32
        )
        network = HubLanguageModel(transformers.GPT2LMHeadModel(config))
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.4)
    return network.eval()


@pytest.fixture
def sequences():
    random = np.random.default_rng(0)
    return [random.integers(0, 61, size).tolist() for size in (7, 32, 2, 20)]


@torch.inference_mode()
def by_formula(model, sequence):
    """Equations of Zhang et al. 2024, in double precision, token by token."""
    logits = model(torch.tensor([sequence[:-1]]))[0].double().numpy()
    rows = []
    for row, target in zip(logits, sequence[1:], strict=True):
        logs = row - row.max() - np.log(np.exp(row - row.max()).sum())
        mean = (np.exp(logs) * logs).sum()
        variance = (np.exp(logs) * logs**2).sum() - mean**2
        rows.append((logs[target], mean, np.sqrt(variance)))
    return np.array(rows).T


def test_scores_are_those_of_the_formula(model, sequences):
    for found, sequence in zip(
        score_tokens(model, sequences, 40), sequences, strict=True
    ):
        np.testing.assert_allclose(np.stack(found), by_formula(model, sequence), 2e-5)


@pytest.mark.parametrize("share", [0.1, 0.3, 1.0])
def test_min_k_plus_plus_is_that_of_the_formula(model, sequences, share):
    for found, sequence in zip(
        score_tokens(model, sequences, 40), sequences, strict=True
    ):
        logs, means, deviations = by_formula(model, sequence)
        lowest = np.sort((logs - means) / deviations)
        expected = lowest[: max(1, int(len(lowest) * share))].mean()
        assert min_k_plus_plus(found, share) == pytest.approx(expected, rel=1e-4)


def test_batches_and_order_make_no_difference_but_rounding(
    model, sequences, monkeypatch
):
    first = score_tokens(model, sequences, 1)
    monkeypatch.setattr(token_scores, "_FEWEST_TOKENS_AT_ONCE", 3)
    monkeypatch.setattr(token_scores, "_LOGITS_AT_ONCE", 1)
    second = score_tokens(model, sequences[::-1], 1000)[::-1]

    for one, other in zip(first, second, strict=True):
        np.testing.assert_allclose(np.stack(one), np.stack(other), 1e-4, 1e-5)


def test_a_model_that_is_sure_of_nothing_gives_no_infinite_score():
    flat = TokenScores(np.full(9, -4.0), np.full(9, -4.0), np.zeros(9))

    assert min_k_plus_plus(flat, 0.2) == 0.0


def test_a_broken_model_is_refused(model, sequences):
    with torch.no_grad():
        next(model.parameters()).fill_(float("nan"))

    with pytest.raises(TrainingError, match="4 of 4 texts"):
        score_tokens(model, sequences, 40)
