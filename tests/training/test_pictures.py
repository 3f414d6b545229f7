import numpy as np
import torch

from taojin.training.metrics import ListSink
from taojin.training.pictures import DrawingSink


class Numbers:
    """A sink that takes numbers only."""

    def __init__(self):
        self.steps = []

    def log(self, step, metrics):  # noqa: ARG002
        self.steps.append(step)


def draw():
    return (torch.rand(4, 4, 1) * 255).numpy().astype(np.uint8)


def test_pictures_come_with_rows_that_are_far_enough_apart():
    kept = ListSink()
    sink = DrawingSink(kept, draw, every=100)
    for step in (50, 100, 150, 200, 260):
        sink.log(step, {"train_loss": 1.0})
    assert [row["step"] for row in kept.rows] == [50, 100, 150, 200, 260]
    assert [picture.step for picture in kept.pictures] == [50, 150, 260]


def test_drawing_takes_no_random_number_from_the_training():
    sink = DrawingSink(ListSink(), draw, every=1)
    torch.manual_seed(3)
    expected = torch.rand(5)
    torch.manual_seed(3)
    sink.log(1, {})
    assert torch.equal(torch.rand(5), expected)


def test_a_sink_of_numbers_gets_its_numbers_and_no_picture():
    numbers = Numbers()
    sink = DrawingSink(numbers, draw, every=1)
    sink.log(1, {})
    sink.log_text("profile", "fast")
    assert numbers.steps == [1]


def test_texts_are_handed_on():
    kept = ListSink()
    DrawingSink(kept, draw, every=1).log_text("profile", "fast")
    assert kept.texts == {"profile": "fast"}
