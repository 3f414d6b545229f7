import numpy as np
import pytest

from taojin.core.errors import EmptyStageError
from taojin.training.autoencoders.batches import ImageBatches, held_out_batches


def numbered(count=10):
    """Images whose every pixel is their place."""
    places = np.arange(count, dtype=np.uint8)
    return np.broadcast_to(places[:, None, None, None], (count, 1, 2, 3)).copy()


def places_in(batches, index):
    return batches.batch(index).pixels[:, 0, 0, 0].tolist()


def test_every_image_comes_once_an_epoch_in_another_order():
    batches = ImageBatches(numbered(), 5, seed=0)
    epochs = [places_in(batches, 2 * e) + places_in(batches, 2 * e + 1) for e in (0, 1)]
    assert [sorted(epoch) for epoch in epochs] == [list(range(10))] * 2
    assert epochs[0] != epochs[1]


def test_a_batch_goes_on_over_the_end_of_an_epoch():
    batches = ImageBatches(numbered(), 4, seed=0)
    found = [place for index in range(5) for place in places_in(batches, index)]
    assert sorted(found[:10]) == sorted(found[10:]) == list(range(10))
    assert len(places_in(ImageBatches(numbered(3), 8, seed=0), 0)) == 8


def test_the_same_number_always_gives_the_same_batch():
    ahead = ImageBatches(numbered(), 4, seed=3, stochastic=True)
    first = [ahead.batch(index).pixels.numpy() for index in range(9)]
    back = ImageBatches(numbered(), 4, seed=3, stochastic=True)
    for index in reversed(range(9)):
        assert (back.batch(index).pixels.numpy() == first[index]).all()
        assert back.batch(index).number == index
    other = ImageBatches(numbered(), 4, seed=4)
    assert places_in(other, 0) != places_in(ImageBatches(numbered(), 4, seed=3), 0)


def test_rows_name_the_images_of_a_batch():
    batches = ImageBatches(numbered(), 4, seed=0)
    assert batches.rows(3) == places_in(batches, 3)


def test_stochastic_binarisation_draws_anew_for_every_batch():
    grey = np.full((4, 1, 8, 8), 128, np.uint8)
    batches = ImageBatches(grey, 4, seed=0, stochastic=True)
    first, second = (batches.batch(index).pixels.numpy() for index in (0, 1))
    assert set(np.unique(first)) == {0, 255}
    assert (first != second).any()
    assert (grey == 128).all()


def test_held_out_batches_have_no_number_and_end_where_they_must():
    batches = held_out_batches(numbered(), 4, 2)
    assert [len(batch.pixels) for batch in batches] == [4, 4]
    assert [len(batch.pixels) for batch in held_out_batches(numbered(), 4, 9)] == [
        *(4, 4, 2)
    ]
    assert batches[1].number is None


def test_no_image_is_refused():
    with pytest.raises(EmptyStageError, match="no image"):
        ImageBatches(numbered(0), 4, seed=0)
