import pytest
import torch
from torch.nn import functional

from taojin.core.errors import ConfigurationError
from taojin.models.config import LanguageModelConfig
from taojin.models.inference import InferenceModel
from taojin.models.language_model import LanguageModel
from taojin.models.quantisation import QuantisedMatrix, quantise


def _model(device="cpu"):
    torch.manual_seed(1)
    config = LanguageModelConfig(depth=2, width=64, context_length=16)
    with torch.device(device):
        model = LanguageModel(config.shape(100))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return model


def test_a_product_is_right_to_one_percent():
    torch.manual_seed(0)
    weight, states = torch.randn(40, 128), torch.randn(9, 128)

    product = QuantisedMatrix(weight).times(states)

    exact = states @ weight.T
    assert (product - exact).norm() < 0.015 * exact.norm()


def test_integers_are_multiplied_exactly():
    torch.manual_seed(0)
    # With 127 as the largest of each row and output, scales are 1.
    weight = torch.randint(-127, 128, (30, 200)).float()
    states = torch.randint(-127, 128, (5, 200)).float()
    weight[:, 0], states[:, 0] = 127.0, -127.0

    product = QuantisedMatrix(weight).times(states)

    assert torch.equal(product, states @ weight.T)


@pytest.mark.parametrize("num_rows", [1, 2, 3, 4, 20])
def test_a_row_does_not_depend_on_the_rows_beside_it(num_rows):
    torch.manual_seed(0)
    matrix, states = QuantisedMatrix(torch.randn(33, 70)), torch.randn(20, 70)
    alone = torch.cat([matrix.times(row[None]) for row in states])

    assert torch.equal(matrix.times(states[:num_rows]), alone[:num_rows])


def test_large_rows_beside_small_ones_cost_these_nothing():
    torch.manual_seed(0)
    weight, states = torch.randn(40, 128), torch.randn(6, 128)
    states[0] *= 1e6

    product = QuantisedMatrix(weight).times(states)[1:]

    exact = states[1:] @ weight.T
    assert (product - exact).norm() < 0.015 * exact.norm()


@pytest.mark.parametrize("num_rows", [1, 8])
def test_zeros_stay_zeros(num_rows):
    zeros = torch.zeros(num_rows, 16)

    assert not QuantisedMatrix(torch.zeros(4, 16)).times(zeros).any()
    assert not QuantisedMatrix(torch.ones(4, 16)).times(zeros).any()


def test_sums_are_added_to():
    matrix = QuantisedMatrix(torch.eye(4))
    sums = torch.full((2, 4), 2.0)

    torch.testing.assert_close(matrix.add_times(sums, torch.ones(2, 4)), sums + 1)


def test_a_quantised_model_has_nearly_the_loss_of_the_model():
    model = _model()
    tokens = torch.randint(100, (8, 16))

    def loss(ready):
        logits = ready.all_logits(tokens)[:, :-1].flatten(0, 1)
        return functional.cross_entropy(logits, tokens[:, 1:].flatten()).item()

    assert loss(quantise(model)) == pytest.approx(loss(InferenceModel(model)), rel=0.02)


def test_a_model_on_another_device_is_refused():
    with pytest.raises(ConfigurationError, match=r"runs on the processor.*meta.*bf16"):
        quantise(_model("meta"))


def test_states_are_rounded_to_the_nearest_integer():
    states = torch.tensor([[127.0, 0.6, -0.6, 1.4]])

    product = QuantisedMatrix(torch.eye(4)).times(states)

    assert product.tolist() == [[127.0, 1.0, -1.0, 1.0]]
