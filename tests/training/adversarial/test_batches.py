import numpy as np
import torch

from taojin.training.adversarial.batches import ImageBatches, as_images


def batches(num_images=10, batch_size=4, seed=0, **settings):
    pixels = np.arange(num_images, dtype=np.uint8).reshape(-1, 1, 1, 1)
    targets = np.arange(num_images) % 3
    return ImageBatches(pixels, targets, batch_size, seed, **settings)


def test_an_epoch_shows_every_image_once_with_its_class():
    source = batches()
    parts = [source.batch(index) for index in range(5)]  # two epochs
    seen = torch.cat([part.pixels.flatten() for part in parts]).tolist()
    assert sorted(seen[:10]) == sorted(seen[10:]) == list(range(10))
    assert seen[:10] != seen[10:]
    targets = torch.cat([part.targets for part in parts if part.targets is not None])
    assert targets.tolist() == [value % 3 for value in seen]


def test_a_batch_is_the_same_in_whatever_order_it_is_asked_for():
    forwards, backwards = batches(), batches()
    wanted = [forwards.batch(index).pixels for index in range(6)]
    found = [backwards.batch(index).pixels for index in reversed(range(6))]
    assert all(map(torch.equal, wanted, found[::-1]))
    other = batches(seed=1).batch(0)
    assert not torch.equal(other.pixels, wanted[0])


def test_parts_of_a_step_are_numbered():
    source = batches(num_accumulations=2)
    assert [source.batch(index)[2:] for index in range(4)] == [
        (0, 0),
        (0, 1),
        (1, 0),
        (1, 1),
    ]


def test_bytes_become_numbers_from_minus_one_to_one():
    images = as_images(torch.tensor([0, 255, 51], dtype=torch.uint8).view(3, 1, 1, 1))
    assert images.flatten().tolist() == [-1.0, 1.0, -0.6000000238418579]
