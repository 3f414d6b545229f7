import pytest
import torch

from taojin.training.averaging import WeightAverage


def _average(decay=0.9):
    weight = torch.tensor([1.0, 2.0])
    return weight, WeightAverage({"w": weight}, decay)


def test_an_update_moves_the_average_by_its_share():
    weight, average = _average(decay=0.75)
    weight.copy_(torch.tensor([5.0, 2.0]))

    average.update(num_updates=1000)

    assert average.state()["w"].tolist() == [2.0, 2.0]


def test_the_first_updates_forget_the_initial_weights_faster():
    weight, average = _average(decay=0.999)
    weight.fill_(11.0)

    average.update(num_updates=0)

    assert average.state()["w"].tolist() == pytest.approx([10.0, 10.1])


def test_the_model_holds_the_averages_inside_the_block_alone():
    weight, average = _average()
    weight.fill_(7.0)

    with average.in_place():
        assert weight.tolist() == [1.0, 2.0]

    assert weight.tolist() == [7.0, 7.0]
    assert average.state()["w"].tolist() == [1.0, 2.0]


def test_the_weights_come_back_when_the_block_fails():
    weight, average = _average()
    weight.fill_(7.0)

    with pytest.raises(KeyError), average.in_place():
        raise KeyError

    assert weight.tolist() == [7.0, 7.0]


def test_the_averages_can_be_kept_for_good():
    weight, average = _average()
    weight.fill_(7.0)

    average.keep()

    assert weight.tolist() == [1.0, 2.0]


def test_a_restored_average_goes_on_bit_for_bit():
    weight, average = _average()
    weight.fill_(0.1)
    average.update(0)
    other_weight, other = _average()

    other.load_state({name: value.clone() for name, value in average.state().items()})
    for each in (weight, other_weight):
        each.fill_(0.3)
    average.update(1)
    other.update(1)

    assert torch.equal(average.state()["w"], other.state()["w"])
