import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from taojin.core.errors import CorruptArtifactError
from taojin.evaluation.items import read_items
from taojin.media.config import DecodingConfig
from taojin.media.decoded import RejectedItemError
from taojin.media.images import decode_image, encode_pixels, open_pixels

CONFIG = DecodingConfig()


def noise(height=8, width=6, channels=3):
    draw = np.random.default_rng(0)
    return draw.integers(0, 256, (height, width, channels), dtype=np.uint8)


def save(path, values, mode=None, **options):
    values = np.asarray(values)
    image = Image.fromarray(values.squeeze() if values.shape[-1] == 1 else values)
    (image if mode is None else image.convert(mode)).save(path, **options)
    return path


@pytest.mark.parametrize("channels", [1, 3])
def test_pixels_of_a_lossless_file_come_back(tmp_path, channels):
    values = noise(channels=channels)

    found = decode_image(save(tmp_path / "a.png", values), CONFIG)

    np.testing.assert_array_equal(found.item, values)
    assert found.item.dtype == np.uint8
    assert found.notes == ()


def test_sixteen_bits_are_scaled_not_cut(tmp_path):
    wide = np.array([[0, 128, 257], [65535, 65535 - 129, 32896]], dtype=np.uint16)
    Image.fromarray(wide).save(tmp_path / "a.png")

    found = decode_image(tmp_path / "a.png", CONFIG)

    assert found.item[..., 0].tolist() == [[0, 0, 1], [255, 254, 128]]
    assert found.notes == ("16_bit",)


def test_cmyk_becomes_rgb(tmp_path):
    path = tmp_path / "a.jpg"
    Image.new("CMYK", (4, 4), (0, 255, 255, 0)).save(path, quality=95)

    found = decode_image(path, CONFIG)

    assert found.item.shape == (4, 4, 3)
    assert np.abs(found.item[0, 0].astype(int) - [255, 0, 0]).max() < 8
    assert found.notes == ("colour_space",)


def test_what_is_transparent_lies_on_white(tmp_path):
    values = np.zeros((2, 2, 4), np.uint8)
    values[0, 0] = (10, 20, 30, 255)

    found = decode_image(save(tmp_path / "a.png", values), CONFIG)

    assert found.item[0, 0].tolist() == [10, 20, 30]
    assert found.item[1, 1].tolist() == [255, 255, 255]
    assert found.notes == ("on_white",)


def test_the_first_picture_of_an_animation_is_taken(tmp_path):
    frames = [Image.new("RGB", (5, 5), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])

    found = decode_image(tmp_path / "a.gif", CONFIG)

    assert found.item[0, 0].tolist() == [255, 0, 0]
    assert "first_frame" in found.notes


def test_a_photograph_is_turned_as_its_camera_noted(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    save(tmp_path / "a.jpg", noise(8, 6), exif=exif)

    found = decode_image(tmp_path / "a.jpg", CONFIG)

    assert found.item.shape == (6, 8, 3)
    assert found.notes == ("turned",)


def test_a_single_pixel_is_an_image(tmp_path):
    assert decode_image(save(tmp_path / "a.png", noise(1, 1)), CONFIG).item.size == 3


@pytest.mark.parametrize("ending", ["png", "jpg", "gif", "webp"])
def test_a_cut_file_is_rejected(tmp_path, ending):
    path = save(tmp_path / f"a.{ending}", noise(64, 64))
    path.write_bytes(path.read_bytes()[:300])

    with pytest.raises(RejectedItemError, match=r"truncated|unreadable"):
        decode_image(path, CONFIG)


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "empty"), (b"no picture", "unreadable")]
)
def test_a_file_without_a_picture_is_rejected(tmp_path, content, reason):
    (tmp_path / "a.png").write_bytes(content)

    with pytest.raises(RejectedItemError, match=reason):
        decode_image(tmp_path / "a.png", CONFIG)


def test_numbers_without_a_scale_are_rejected(tmp_path):
    Image.fromarray(np.ones((3, 3), np.float32)).save(tmp_path / "a.tiff")

    with pytest.raises(RejectedItemError, match="unknown_range"):
        decode_image(tmp_path / "a.tiff", CONFIG)


def test_an_image_of_too_many_pixels_is_rejected_undecoded(tmp_path):
    path = tmp_path / "a.png"
    Image.new("L", (7000, 7000)).save(path, compress_level=1)

    with pytest.raises(RejectedItemError, match="too_large"):
        decode_image(path, CONFIG)


def test_a_folder_names_every_rejected_file_and_counts_the_conversions(tmp_path):
    save(tmp_path / "a.png", noise())
    save(tmp_path / "b.png", noise(channels=4))
    (tmp_path / "c.png").write_bytes(b"no picture")

    found = read_items(tmp_path)

    assert found.ids == ("a.png", "b.png")
    assert [row[:2] for row in found.rejected] == [("c.png", "unreadable")]
    assert found.noted == {"on_white": 1}
    np.testing.assert_array_equal(found.items[0], noise())
    assert len(found.items[:1]) == 1


def test_the_content_of_a_file_is_decoded_as_the_file_is(tmp_path):
    path = save(tmp_path / "a.png", noise())

    found = decode_image(path.read_bytes(), CONFIG)

    np.testing.assert_array_equal(found.item, decode_image(path, CONFIG).item)
    with pytest.raises(RejectedItemError, match="empty"):
        decode_image(b"", CONFIG)


@pytest.mark.parametrize("channels", [1, 3])
def test_pixels_are_written_without_loss(channels):
    values = noise(channels=channels)

    np.testing.assert_array_equal(open_pixels(encode_pixels(values)), values)


def test_what_is_no_record_of_an_image_is_refused(tmp_path):
    with_alpha = save(tmp_path / "a.png", noise(channels=4)).read_bytes()

    for content in (b"no picture", encode_pixels(noise())[:60], with_alpha):
        with pytest.raises(CorruptArtifactError, match="a record's image"):
            open_pixels(content)


def test_an_image_of_20000_by_20000_is_refused_by_its_header_alone():
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + header
    chunk += struct.pack(">I", zlib.crc32(b"IHDR" + header))
    empty = zlib.compress(b"")
    data = struct.pack(">I", len(empty)) + b"IDAT" + empty
    data += struct.pack(">I", zlib.crc32(b"IDAT" + empty))

    with pytest.raises(RejectedItemError, match="too_large"):
        decode_image(b"\x89PNG\r\n\x1a\n" + chunk + data, CONFIG)
