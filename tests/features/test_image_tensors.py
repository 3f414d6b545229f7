import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from taojin.core.errors import (
    CorruptArtifactError,
    CountMismatchError,
    DataError,
    EmptyStageError,
)
from taojin.core.media_records import IMAGE_SCHEMA
from taojin.core.shards import write_shards
from taojin.features.image_tensors import (
    ImageTensors,
    ImageTensorsConfig,
    fitted,
    write_image_tensors,
)
from taojin.features.images import ImageForm
from taojin.media.images import encode_pixels

LABELS = ["dog", "cat", None, "dog"]
SPLITS = ["test", "train", "validation", "train"]


def images(tmp_path, captions=True):
    rows = [
        {
            "image_id": f"i{place}",
            "image": encode_pixels(np.full((4, 4, 1), 50 * place, np.uint8)),
            "width": 4,
            "height": 4,
            "mode": "L",
            "source": "pets",
            "uri": f"{place}.png",
            "label": label,
            "caption": f"no. {place}" if captions and place else None,
            "caption_zh": f"第{place}" if captions else None,
            "notes": [],
            "metadata": "{}",
        }
        for place, label in enumerate(LABELS)
    ]
    table = pa.Table.from_pylist(rows, schema=IMAGE_SCHEMA)
    return write_shards([table.slice(0, 3), table.slice(3)], tmp_path / "images")


def splits(names=SPLITS):
    ids = [f"i{place}" for place in range(len(names))]
    return pd.DataFrame({"image_id": ids, "split": names})


def config(**changes):
    form = ImageForm(height=4, width=4, num_channels=1)
    return ImageTensorsConfig(form=form, **changes)


def write(tmp_path, **given):
    return write_image_tensors(
        tmp_path / "tensors", images(tmp_path, **given), splits(), config()
    )


def test_items_lie_in_the_order_of_their_splits_with_what_is_known(tmp_path):
    found = write(tmp_path)
    assert found.pixels.shape == (4, 1, 4, 4)
    assert found.pixels[:, 0, 0, 0].tolist() == [50, 150, 100, 0]
    assert found.labels == ("cat", "dog")
    assert found.targets.tolist() == [0, 1, -1, 1]
    assert found.captions == ("no. 1", "no. 3", "no. 2", "")
    assert found.captions_zh == ("第1", "第3", "第2", "第0")
    assert found.ids.tolist() == ["i1", "i3", "i2", "i0"]
    assert found.split.tolist() == ["train", "train", "validation", "test"]
    assert found.form == config().form


def test_a_split_is_mapped_and_keeps_its_numbers(tmp_path):
    whole = write(tmp_path)
    train, test = whole.take("train"), whole.take("test")
    assert isinstance(train.pixels, np.memmap)
    assert train.ids.tolist() == ["i1", "i3"]
    assert (test.labels, test.targets.tolist()) == (whole.labels, [1])
    assert test.captions == ("",)
    assert len({whole.fingerprint, train.fingerprint, test.fingerprint}) == 3
    with pytest.raises(DataError, match="no images for test"):
        train.take("test")


def test_items_that_do_not_lie_together_are_taken_all_the_same(tmp_path):
    found = write(tmp_path)
    mixed = ImageTensors(
        pixels=found.pixels,
        labels=found.labels,
        targets=found.targets,
        captions=None,
        ids=found.ids,
        split=np.array(["train", "test", "train", "test"]),
        fingerprint="",
    )
    assert mixed.take("train").ids.tolist() == ["i1", "i2"]


def test_without_captions_there_are_none(tmp_path):
    found = write(tmp_path, captions=False)
    assert (found.captions, found.captions_zh) == (None, None)


def test_the_fingerprint_is_of_the_content_not_of_the_place(tmp_path):
    one, two = (write(tmp_path / name) for name in ("a", "b"))
    assert one.fingerprint == two.fingerprint
    other = write_image_tensors(
        tmp_path / "c", images(tmp_path), splits(), config(fit="crop")
    )
    assert other.fingerprint != one.fingerprint
    assert ImageTensors.open(tmp_path / "a" / "tensors").fingerprint == one.fingerprint


@pytest.mark.parametrize("name", ["pixels.npy", "items.parquet", "manifest.json"])
def test_altered_or_missing_files_are_refused(tmp_path, name):
    write(tmp_path)
    path = tmp_path / "tensors" / name
    content = bytearray(path.read_bytes())
    content[-9] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(CorruptArtifactError):
        ImageTensors.open(tmp_path / "tensors")
    path.unlink()
    with pytest.raises(CorruptArtifactError):
        ImageTensors.open(tmp_path / "tensors")


def test_another_format_is_refused_by_its_number(tmp_path):
    write(tmp_path)
    path = tmp_path / "tensors" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format_version": 9}))
    with pytest.raises(CorruptArtifactError, match="in format 9"):
        ImageTensors.open(tmp_path / "tensors")


def test_splits_must_be_of_these_images(tmp_path):
    for wrong in (splits(SPLITS[:3]), splits([*SPLITS, "train"])):
        with pytest.raises(CountMismatchError, match="make the splits"):
            write_image_tensors(tmp_path / "t", images(tmp_path), wrong, config())
    assert not (tmp_path / "t").exists()
    empty = write_shards([IMAGE_SCHEMA.empty_table()], tmp_path / "none")
    with pytest.raises(EmptyStageError):
        write_image_tensors(tmp_path / "t", empty, splits([]), config())


def test_parts_that_do_not_belong_together_are_refused(tmp_path):
    found = write(tmp_path)
    given = {name: getattr(found, name) for name in found.__dataclass_fields__}
    for change, words in (
        ({"pixels": found.pixels[:, 0]}, "uint8"),
        ({"captions": ("one",)}, "captions"),
        ({"labels": ("cat",)}, "targets"),
    ):
        with pytest.raises(DataError, match=words):
            ImageTensors(**{**given, **change})


@pytest.mark.parametrize(
    ("changes", "rows", "columns"),
    [
        ({"fit": "contain"}, range(2, 6), range(8)),
        ({"fit": "crop"}, range(8), range(8)),
        ({"fit": "stretch"}, range(8), range(8)),
        ({"fit": "contain", "enlarge": False}, range(3, 5), range(2, 6)),
        ({"fit": "stretch", "enlarge": False}, range(3, 5), range(2, 6)),
    ],
)
def test_proportions_are_treated_as_told(changes, rows, columns):
    image = np.zeros((2, 4, 1), np.uint8)
    form = ImageForm(height=8, width=8, num_channels=3)
    found = fitted(image, ImageTensorsConfig(form=form, background=255, **changes))
    wanted = np.full((8, 8, 3), 255, np.uint8)
    wanted[np.ix_(rows, columns)] = 0
    np.testing.assert_array_equal(found, wanted)


def test_large_images_shrink_even_where_small_ones_are_not_enlarged():
    image = np.zeros((40, 20, 3), np.uint8)
    form = ImageForm(height=8, width=8)
    found = fitted(image, ImageTensorsConfig(form=form, enlarge=False))
    assert (found[..., 0] == 0).sum() == 8 * 4


def test_the_longer_sides_are_cut_evenly():
    image = np.zeros((4, 8, 1), np.uint8)
    image[:, 2:6] = 200
    form = ImageForm(height=4, width=4, num_channels=1)
    found = fitted(image, ImageTensorsConfig(form=form, fit="crop"))
    assert (found == 200).all()
