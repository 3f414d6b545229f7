import numpy as np
import pytest
from scipy.stats import spearmanr

from taojin.core.errors import DataError
from taojin.evaluation.shifts import IMAGE_SHIFTS

LEVELS = (0.2, 0.4, 0.6, 0.8, 1.0)


def images(num_images=4, shape=(24, 20)):
    """Smooth pictures with edges, in the middle of the range."""
    pictures = []
    for number in range(num_images):
        picture = np.full(shape, 110, np.uint8)
        picture[4 : 12 + number, 5:15] = 160
        picture[14:20, 2 : 6 + number] = 70
        pictures.append(picture)
    return pictures


@pytest.fixture(autouse=True)
def _pillow(request):
    if request.node.callspec.params.get("name") == "compression":
        pytest.importorskip("PIL")


@pytest.mark.parametrize("name", IMAGE_SHIFTS)
def test_strength_0_leaves_images_as_they_are(name):
    before = images()
    after = IMAGE_SHIFTS[name](before, 0.0, 1)

    assert all(
        np.array_equal(one, other) for one, other in zip(before, after, strict=True)
    )
    assert all(one is not other for one, other in zip(before, after, strict=True))


@pytest.mark.parametrize("name", IMAGE_SHIFTS)
def test_more_strength_changes_more(name):
    before = images()
    errors = [
        sum(
            np.square(one.astype(float) - other).mean()
            for one, other in zip(
                before, IMAGE_SHIFTS[name](before, level, 1), strict=True
            )
        )
        for level in LEVELS
    ]

    assert errors[0] > 0
    assert spearmanr(LEVELS, errors)[0] == pytest.approx(1.0)


@pytest.mark.parametrize("name", IMAGE_SHIFTS)
def test_an_image_is_shifted_the_same_whatever_stands_beside_it(name):
    shift, before = IMAGE_SHIFTS[name], images()
    kept = [image.copy() for image in before]
    whole = shift(before, 0.5, 1)

    for number, image in enumerate(before):
        assert np.array_equal(shift([image], 0.5, 1)[0], whole[number])
        assert np.array_equal(image, kept[number]), "the input is not changed"


@pytest.mark.parametrize("name", IMAGE_SHIFTS)
@pytest.mark.parametrize("shape", [(24, 20), (24, 20, 1), (24, 20, 3)])
def test_shape_and_type_stay(name, shape):
    found = IMAGE_SHIFTS[name](images(2, shape), 1.0, 1)

    assert {(image.shape, image.dtype) for image in found} == {
        (shape, np.dtype(np.uint8))
    }


@pytest.mark.parametrize("name", IMAGE_SHIFTS)
def test_what_is_no_image_is_refused(name):
    with pytest.raises(DataError, match="image 1 is float64"):
        IMAGE_SHIFTS[name]([images()[0], np.zeros((4, 4))], 0.5, 1)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("name", ["brightness"])
def test_brightness_goes_either_way_without_wrapping_round(name):
    found = IMAGE_SHIFTS[name](
        [np.full((2, 2), 200 + number, np.uint8) for number in range(40)], 1.0, 1
    )
    means = {int(image.mean()) for image in found}

    assert 255 in means
    assert all(mean == 255 or 104 <= mean <= 143 for mean in means)
