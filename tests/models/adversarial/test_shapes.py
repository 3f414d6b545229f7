import pytest
from pydantic import ValidationError

from taojin.models.adversarial.shapes import AdversarialShape


def test_pictures_double_and_channels_halve():
    shape = AdversarialShape(resolution=32, width=64)
    assert shape.resolutions == (4, 8, 16, 32)
    assert shape.widths == (64, 64, 32, 16)


def test_channels_stop_at_an_eighth():
    assert AdversarialShape(resolution=128, width=128).widths[-1] == 16


def test_patches_spare_the_largest_pictures():
    assert AdversarialShape(resolution=32, patch_size=2).resolutions == (4, 8, 16)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"resolution": 28}, "resolution"),
        ({"resolution": 32, "width": 40}, "group_size"),
        ({"resolution": 32, "labels": ("a",)}, "labels"),
        ({"resolution": 32, "labels": ("a", "a")}, "labels"),
        ({"resolution": 8, "patch_size": 4}, "patch_size"),
        ({"resolution": 32, "patch_size": 2, "backbone": "dcgan"}, "patch_size"),
    ],
)
def test_numbers_that_make_no_network_are_refused(settings, named):
    with pytest.raises(ValidationError, match=named):
        AdversarialShape(**settings)
