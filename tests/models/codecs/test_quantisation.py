import pytest
import torch

from taojin.models.codecs.quantisation import ScalarQuantiser


@pytest.mark.parametrize("levels", [(2,), (5,), (8, 6, 5), (4, 3)])
def test_every_code_comes_back_from_its_values(levels):
    quantiser = ScalarQuantiser(levels, 2)
    size = int(torch.tensor(levels).prod())
    codes = torch.stack([torch.arange(size), torch.arange(size).flip(0)], -1)

    values = quantiser.values(codes)

    assert values.shape == (size, 2 * len(levels))
    assert values.abs().max() <= 1.0
    assert len(values.unique(dim=0)) == size
    torch.testing.assert_close(quantiser.codes(values), codes)


@pytest.mark.parametrize("levels", [(2,), (3,), (8, 6, 5)])
def test_every_level_is_reached_and_no_other(levels):
    quantiser = ScalarQuantiser(levels, 1)
    latents = torch.linspace(-20, 20, 4001)[:, None].expand(-1, len(levels))

    values = quantiser(latents)

    for place, number in enumerate(levels):
        assert len(values[:, place].unique()) == number
    codes = quantiser.codes(values)
    assert codes.min() == 0
    assert codes.max() == torch.tensor(levels).prod() - 1
    torch.testing.assert_close(quantiser.values(codes), values)


def test_gradients_pass_as_if_nothing_was_rounded():
    quantiser = ScalarQuantiser((5,), 1)
    latents = torch.tensor([[0.3]], requires_grad=True)

    quantiser(latents).sum().backward()

    reach = 2.0 * 1.001
    expected = (1.0 - torch.tanh(torch.tensor(0.3)) ** 2) * reach / 2.0
    assert latents.grad is not None
    assert latents.grad.item() == pytest.approx(expected.item(), rel=1e-5)


def test_it_has_nothing_to_train_and_nothing_to_store():
    quantiser = ScalarQuantiser((8, 6), 2)

    assert list(quantiser.parameters()) == []
    assert quantiser.state_dict() == {}
