import io
import json
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pydantic import ValidationError

from taojin.core.errors import CountMismatchError, EmptyStageError
from taojin.core.media_records import IMAGE_SCHEMA
from taojin.core.shards import write_shards
from taojin.curation.media.apply import apply_media_decisions, dropped_schema
from taojin.curation.media.config import Bounds, CopiesConfig, ImageRules
from taojin.curation.media.copies import find_media_copies
from taojin.curation.media.decisions import decide_media, decision_schema
from taojin.curation.media.image_signals import (
    IMAGE_SIGNALS,
    measure_image,
    measure_images,
)
from taojin.curation.media.report import report_media_curation
from taojin.engines import EngineConfig
from taojin.media.images import encode_pixels

ENGINE = EngineConfig(num_workers=1)


class Verdict(NamedTuple):
    allowed: bool
    reason: str


VERDICTS: dict[str | None, Verdict] = {
    "MIT": Verdict(True, "MIT is allowed"),
    "X": Verdict(False, "X is not"),
}


def smooth(seed, side=48):
    """A picture with a few large shapes, as photographs have."""
    draw = np.random.default_rng(seed)
    small = draw.integers(0, 256, (4, 4, 3), dtype=np.uint8)
    picture = Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC)
    return np.array(picture)


def jpeg(pixels, quality=75):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=quality)
    return np.array(Image.open(stream))


def resized(pixels, side):
    picture = Image.fromarray(pixels)
    return np.array(picture.resize((side, side), Image.Resampling.BICUBIC))


def records(tmp_path, pictures, licences=None, cut=None):
    rows = [
        {
            "image_id": f"i{place}",
            "image": encode_pixels(pixels),
            "width": pixels.shape[1],
            "height": pixels.shape[0],
            "mode": "L" if pixels.shape[2] == 1 else "RGB",
            "source": "pets",
            "uri": f"{place}.png",
            "label": "cat",
            "licence": licences[place] if licences else "MIT",
            "notes": [],
            "metadata": "{}",
        }
        for place, pixels in enumerate(pictures)
    ]
    table = pa.Table.from_pylist(rows, schema=IMAGE_SCHEMA)
    tables = [table.slice(0, cut), table.slice(cut)] if cut else [table]
    return write_shards(tables, tmp_path / "records")


def curate(tmp_path, pictures, rules=None, copies=None, **given):
    images = records(tmp_path, pictures, **given)
    rules, copies = rules or ImageRules(), copies or CopiesConfig()
    signals = measure_images(images, tmp_path / "signals", ENGINE)
    clusters = find_media_copies(signals, copies, "image_id")
    decisions = decide_media(
        signals, clusters, rules, VERDICTS, tmp_path / "decisions", "image_id"
    )
    return images, signals, clusters, decisions


def outcome(decisions):
    rows = decisions.read().to_pylist()
    return [row["rule"] if not row["kept"] else None for row in rows]


def test_signals_say_what_a_picture_is():
    board = np.indices((8, 16)).sum(axis=0) % 2 * 255
    found = measure_image(board.astype(np.uint8)[..., None])
    assert (found["width"], found["height"], found["num_channels"]) == (16, 8, 1)
    assert found["aspect_ratio"] == 2.0
    assert (found["brightness"], found["contrast"]) == (127.5, 127.5)
    assert (found["dark_share"], found["bright_share"]) == (0.5, 0.5)
    assert found["entropy"] == pytest.approx(1.0)
    assert found["value_range"] == 255
    assert found["colourfulness"] == 0
    # Every pixel's four neighbours are its opposite: the Laplacian is 4 or -4.
    assert found["sharpness"] == pytest.approx(16.0)


def test_a_picture_of_one_colour_says_so_and_a_single_pixel_is_measured():
    red = np.zeros((5, 5, 3), np.uint8)
    red[..., 0] = 200
    found = measure_image(red)
    assert (found["value_range"], found["entropy"], found["sharpness"]) == (0, 0, 0)
    assert found["colourfulness"] == pytest.approx(0.3 * np.hypot(200, 100))
    assert measure_image(red[:1, :1])["sharpness"] == 0


def test_blur_lowers_sharpness_at_any_size():
    for side in (48, 600):
        sharp = np.random.default_rng(0).integers(0, 256, (side, side, 1), np.uint8)
        values = [
            measure_image(np.array(resized_grey(sharp, size), np.uint8)[..., None])
            for size in (side // 8, side // 2)
        ]
        assert values[0]["sharpness"] < values[1]["sharpness"] / 2


def test_sharpness_does_not_depend_on_the_resolution_of_large_images():
    large = smooth(0, side=1200)
    found = [
        measure_image(picture)["sharpness"] for picture in (large, resized(large, 400))
    ]
    assert found[0] == pytest.approx(found[1], rel=0.3)


def resized_grey(pixels, size):
    picture = Image.fromarray(pixels[..., 0])
    small = picture.resize((size, size), Image.Resampling.BOX)
    return small.resize(picture.size, Image.Resampling.BICUBIC)


def test_every_rule_drops_with_what_was_measured_and_wanted(tmp_path):
    blank = np.full((20, 20, 3), 9, np.uint8)
    strip = np.repeat(smooth(1)[:4], 1, axis=0)
    pictures = [smooth(0), blank, strip, smooth(2), smooth(3, side=3)]
    licences = ["MIT", "MIT", "MIT", "X", "MIT"]
    *_, decisions = curate(tmp_path, pictures, licences=licences)
    table = decisions.read()
    assert table.schema == decision_schema("image_id")
    assert outcome(decisions) == [
        None,
        "value_range",
        "aspect_ratio",
        "licence",
        "width",
    ]
    row = table.to_pylist()[2]
    assert (row["reason"], row["value"], row["threshold"]) == ("too_high", 12.0, 8.0)
    assert row["detail"] == "aspect_ratio is 12, wanted at most 8"
    assert table.to_pylist()[3]["detail"] == "X is not"


def test_a_rule_is_off_where_both_bounds_are_null(tmp_path):
    blank = np.full((20, 20, 3), 9, np.uint8)
    rules = ImageRules(value_range=Bounds())
    *_, decisions = curate(tmp_path, [blank, smooth(0)], rules)
    assert outcome(decisions) == [None, None]
    with pytest.raises(ValidationError, match="keep nothing"):
        Bounds(at_least=2, at_most=1)


def test_of_copies_the_largest_stays_then_the_sharpest(tmp_path):
    one, other = smooth(0), smooth(1)
    noisy = one.astype(int) + np.random.default_rng(0).integers(-3, 4, one.shape)
    pictures = [
        resized(one, 32),
        one,
        np.clip(noisy, 0, 255).astype(np.uint8),
        other,
        jpeg(other, 90),
        other.copy(),
        smooth(2),
    ]
    images, _, clusters, decisions = curate(tmp_path, pictures, cut=2)
    found = outcome(decisions)
    assert found[:3] == ["near_duplicate", "near_duplicate", None]
    assert len(clusters) == 6
    assert sum(rule is None for rule in found[3:6]) == 1
    assert found[6] is None
    row = decisions.read().to_pylist()[0]
    assert (row["reason"], row["detail"]) == ("copy_of_kept", "copy of i2")
    assert images.num_rows == decisions.num_rows


def test_a_member_that_fails_a_rule_does_not_stand_for_the_others(tmp_path):
    pictures = [smooth(0), resized(smooth(0), 32)]
    *_, decisions = curate(tmp_path, pictures, licences=["X", "MIT"])
    assert outcome(decisions) == ["licence", None]


def test_exact_copies_are_those_of_the_pixels_and_can_be_kept(tmp_path):
    pictures = [smooth(0), smooth(0), smooth(1)]
    *_, decisions = curate(tmp_path / "a", pictures)
    assert sorted(map(str, outcome(decisions)[:2])) == ["None", "exact_duplicate"]
    copies = CopiesConfig(exact=False, near=False)
    *_, decisions = curate(tmp_path / "b", pictures, copies=copies)
    assert outcome(decisions) == [None, None, None]


def test_small_drawings_are_not_taken_for_each_other(tmp_path):
    from sklearn.datasets import load_digits

    digits = np.rint(
        load_digits(return_X_y=True)[0][:600].reshape(-1, 8, 8) * 15.9375
    ).astype(np.uint8)[..., None]
    images = records(tmp_path, list(digits))
    signals = measure_images(images, tmp_path / "signals", ENGINE)
    by_hash = CopiesConfig(max_distance=255)
    assert len(find_media_copies(signals, by_hash, "image_id")) > 50
    assert not len(find_media_copies(signals, CopiesConfig(), "image_id"))


def test_kept_and_dropped_add_up_and_are_unchanged(tmp_path):
    pictures = [smooth(0), np.zeros((9, 9, 1), np.uint8), smooth(0), smooth(4)]
    images, signals, clusters, decisions = curate(tmp_path, pictures, cut=3)
    kept, dropped = apply_media_decisions(
        images,
        decisions,
        "image_id",
        output_kept=tmp_path / "kept",
        output_dropped=tmp_path / "dropped",
        engine=ENGINE,
    )
    assert (kept.num_rows, dropped.num_rows) == (2, 2)
    assert kept.read().schema == IMAGE_SCHEMA
    assert dropped.read().schema == dropped_schema(IMAGE_SCHEMA)
    assert dropped.counts == {
        "num_dropped_value_range": 1,
        "num_dropped_exact_duplicate": 1,
    }
    report = report_media_curation(
        images, signals, decisions, clusters, ImageRules(), VERDICTS, "image_id"
    )
    json.dumps(report, allow_nan=False)
    by_rule = {entry["rule"]: entry["num_dropped"] for entry in report["rules"]}
    assert sum(by_rule.values()) == report["num_dropped"] == 2
    assert report["num_kept"] + report["num_dropped"] == report["num_items"] == 4
    for name in ("sources", "labels", "licences"):
        assert sum(entry["num_items"] for entry in report[name]) == 4
        assert sum(entry["num_kept"] for entry in report[name]) == 2
    assert report["licences"][0]["is_allowed"] is True
    assert len(report["signals"]["width"]) == len(report["quantiles"])


def test_decisions_about_others_are_refused(tmp_path):
    *_, decisions = curate(tmp_path / "a", [smooth(0), smooth(1)])
    table = records(tmp_path / "b", [smooth(0), smooth(1)]).read()
    images = write_shards([table.take([1, 0])], tmp_path / "c")
    with pytest.raises(CountMismatchError, match="not about the same items"):
        apply_media_decisions(
            images,
            decisions,
            "image_id",
            output_kept=tmp_path / "kept",
            output_dropped=tmp_path / "dropped",
            engine=ENGINE,
        )


def test_a_curation_that_drops_all_names_the_rule(tmp_path):
    with pytest.raises(EmptyStageError, match="the rule 'licence' alone dropped 2"):
        curate(tmp_path, [smooth(0), smooth(1)], licences=["X", "X"])


def test_signals_have_their_schema(tmp_path):
    images = records(tmp_path, [smooth(0)])
    signals = measure_images(images, tmp_path / "signals", ENGINE)
    assert signals.read().schema == IMAGE_SIGNALS
