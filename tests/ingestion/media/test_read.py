import json
import os
import zipfile

import numpy as np
import pytest
from PIL import Image
from scipy.io import wavfile

from taojin.core.errors import EmptyStageError, SourceReadError
from taojin.core.media_records import CLIP_SCHEMA, IMAGE_SCHEMA, media_id
from taojin.core.records import REJECTED_SCHEMA
from taojin.engines import EngineConfig
from taojin.ingestion.media.config import MediaIngestionConfig, MediaRegistry
from taojin.ingestion.media.inventory import take_media_inventory
from taojin.ingestion.media.read import read_media
from taojin.media.images import open_pixels
from taojin.media.recordings import open_samples

SKIP = MediaIngestionConfig(on_unreadable="skip")


def conclude(declared):
    return {"MIT License": "MIT", "CC BY": "CC-BY-4.0"}.get(declared)


def ingest(sources, output, config=None, workers=1, concluding=conclude):
    registry = MediaRegistry.model_validate(sources)
    config = config or MediaIngestionConfig()
    inventory = json.loads(json.dumps(take_media_inventory(registry, config)))
    engine = EngineConfig(num_workers=workers)
    return read_media(registry, inventory, output, config, engine, concluding)


def picture(seed=0, size=(6, 5, 3)):
    return np.random.default_rng(seed).integers(0, 256, size, dtype=np.uint8)


def save(path, pixels, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.squeeze()).save(path, **options)


def folder(tmp_path, **fields):
    return {"pets": {"kind": "images", "location": str(tmp_path / "in"), **fields}}


def pairs(shards):
    return [(row["uri"], row["reason"]) for row in shards.read().to_pylist()]


def files_of(output):
    return {
        path.relative_to(output): path.read_bytes()
        for path in sorted(output.rglob("*"))
        if path.is_file()
    }


def test_files_become_records_labelled_by_their_folders(tmp_path):
    for number, name in enumerate(("cat/a.png", "dog/big/b.png", "c.png")):
        save(tmp_path / "in" / name, picture(number))

    read = ingest(folder(tmp_path, licence="MIT License"), tmp_path / "out")

    table = read.records.read()
    assert table.schema == IMAGE_SCHEMA
    rows = table.to_pylist()
    assert [(row["uri"], row["label"]) for row in rows] == [
        ("c.png", None),
        ("cat/a.png", "cat"),
        ("dog/big/b.png", "dog"),
    ]
    first = rows[0]
    content = (tmp_path / "in" / "c.png").read_bytes()
    assert first["image_id"] == media_id("pets", "c.png", content)
    np.testing.assert_array_equal(open_pixels(first["image"]), picture(2))
    assert (first["width"], first["height"], first["mode"]) == (5, 6, "RGB")
    assert (first["licence_declared"], first["licence"]) == ("MIT License", "MIT")
    assert read.report["num_items"] == read.report["num_read"] == 3


def test_every_file_is_a_record_or_a_rejection(tmp_path):
    root = tmp_path / "in"
    save(root / "good.png", picture())
    save(root / "one.png", picture(size=(1, 1, 3)))
    wide = np.full((3, 3), 40_000, dtype=np.uint16)
    Image.fromarray(wide).save(root / "wide.png")
    Image.new("CMYK", (4, 4)).save(root / "print.jpg")
    frames = [Image.new("RGB", (5, 5), colour) for colour in ("red", "blue")]
    frames[0].save(root / "moving.gif", save_all=True, append_images=frames[1:])
    Image.fromarray(np.ones((3, 3), np.float32)).save(root / "numbers.tiff")
    save(root / "cut.png", picture(size=(64, 64, 3)))
    (root / "cut.png").write_bytes((root / "cut.png").read_bytes()[:500])
    (root / "empty.png").write_bytes(b"")
    (root / "text.png").write_text("no picture")
    Image.new("L", (300, 300)).save(root / "huge.png")
    (root / "notes.txt").write_text("not an image at all")
    limits = {"max_pixels": 50_000}

    read = ingest(
        folder(tmp_path),
        tmp_path / "out",
        MediaIngestionConfig.model_validate({"limits": limits}),
    )

    rows = read.records.read().to_pylist()
    assert {row["uri"]: row["notes"] for row in rows} == {
        "good.png": [],
        "one.png": [],
        "wide.png": ["16_bit"],
        "print.jpg": ["colour_space"],
        "moving.gif": ["first_frame", "colour_space"],
    }
    assert read.rejected.read().schema == REJECTED_SCHEMA
    assert dict(pairs(read.rejected)) == {
        "numbers.tiff": "unknown_range",
        "cut.png": "truncated",
        "empty.png": "empty",
        "text.png": "unreadable",
        "huge.png": "too_large",
    }
    report = read.report
    assert report["num_read"] == report["num_items"] + report["num_rejected"] == 10


def test_a_file_of_too_many_bytes_is_not_held_in_memory(tmp_path):
    save(tmp_path / "in" / "a.png", picture())
    (tmp_path / "in" / "b.png").write_bytes(bytes(2000))
    config = MediaIngestionConfig.model_validate(
        {"limits": {"max_file_megabytes": 0.001}}
    )

    read = ingest(folder(tmp_path), tmp_path / "out", config)

    assert pairs(read.rejected) == [("b.png", "too_large")]


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_manifest_describes_files_and_every_row_is_accounted_for(tmp_path, ending):
    for name in ("a.png", "b.png", "unlisted.png"):
        save(tmp_path / "in" / "x" / name, picture(len(name)))
    rows = [
        {"path": "x/a.png", "class": "cat", "en": "a cat", "caption_zh": "一只猫"},
        {"path": ".\\x\\b.png", "class": "", "en": "", "caption_zh": ""},
        {"path": "x/a.png", "class": "dog", "en": "", "caption_zh": ""},
        {"path": "x/gone.png", "class": "dog", "en": "", "caption_zh": ""},
        {"path": "../secret.png", "class": "dog", "en": "", "caption_zh": ""},
        {"path": " ", "class": "dog", "en": "", "caption_zh": ""},
    ]
    for number, row in enumerate(rows):
        row["rights"], row["artist"] = "CC BY" if number == 0 else "", "Li"
    manifest = tmp_path / f"list.{ending}"
    if ending == "csv":
        lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    else:
        lines = [json.dumps(row) for row in rows]
    manifest.write_text("\n".join(lines), encoding="utf-8")
    fields = {"file": "path", "label": "class", "caption": "en", "licence": "rights"}
    sources = folder(
        tmp_path, manifest=str(manifest), fields=fields, licence="MIT License"
    )

    read = ingest(sources, tmp_path / "out")

    first, second = read.records.read().to_pylist()
    assert (first["label"], first["caption"], first["caption_zh"]) == (
        "cat",
        "a cat",
        "一只猫",
    )
    assert (first["licence"], second["licence"]) == ("CC-BY-4.0", "MIT")
    assert json.loads(first["metadata"]) == {"artist": "Li"}
    assert (second["uri"], second["label"], second["caption"]) == (
        "x/b.png",
        "x",  # the manifest says nothing, the folder does
        None,
    )
    rejected = read.rejected.read().to_pylist()
    assert [(row["uri"], row["position"], row["reason"]) for row in rejected] == [
        (manifest.name, 2, "listed_twice"),
        (manifest.name, 3, "no_file"),
        (manifest.name, 4, "no_file"),
        (manifest.name, 5, "bad_field"),
        ("x/unlisted.png", None, "not_listed"),
    ]
    assert read.report["num_read"] == 7


def test_what_a_manifest_gets_wrong_is_counted_once_however_many_units(tmp_path):
    for number in range(4):
        save(tmp_path / "in" / f"{number}.png", picture(number))
    rows = "\n".join(f"{number}.png" for number in range(5))
    (tmp_path / "list.csv").write_text(f"file\n{rows}\n")
    sources = folder(tmp_path, manifest=str(tmp_path / "list.csv"))

    read = ingest(sources, tmp_path / "out", MediaIngestionConfig(part_bytes=1))

    assert len(read.records.parts) == 4
    assert pairs(read.rejected) == [("list.csv", "no_file")]


def test_files_that_no_manifest_lists_can_be_kept(tmp_path):
    save(tmp_path / "in" / "a.png", picture())
    save(tmp_path / "in" / "b.png", picture(1))
    (tmp_path / "list.csv").write_text("file,label\na.png,cat\n")
    sources = folder(tmp_path, manifest=str(tmp_path / "list.csv"))
    config = MediaIngestionConfig(on_unlisted="keep")

    read = ingest(sources, tmp_path / "out", config)

    assert read.records.read()["label"].to_pylist() == ["cat", None]
    assert read.rejected.num_rows == 0


def test_names_of_files_tell_labels_and_speakers(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("7_theo_3.wav", "7theo.wav"):
        wavfile.write(tmp_path / "in" / name, 8000, np.ones(800, np.int16))
    sources = {
        "spoken": {
            "kind": "recordings",
            "location": str(tmp_path / "in"),
            "name_pattern": "{label}_{speaker}_{index}",
        }
    }

    read = ingest(sources, tmp_path / "out")

    table = read.records.read()
    assert table.schema == CLIP_SCHEMA
    (row,) = table.to_pylist()
    assert (row["label"], row["speaker"], row["metadata"]) == (
        "7",
        "theo",
        '{"index": "3"}',
    )
    assert pairs(read.rejected) == [("7theo.wav", "bad_field")]


def test_recordings_keep_their_rate_and_every_file_is_accounted_for(tmp_path):
    root = tmp_path / "in"
    root.mkdir()
    both = np.array([[100, 300], [-100, -300]], dtype=np.int16)
    wavfile.write(root / "both.wav", 11_025, both)
    wavfile.write(root / "loud.wav", 8000, np.full(9, 2**15 - 1, np.int16))
    wavfile.write(root / "none.wav", 8000, np.zeros(0, np.int16))
    wavfile.write(root / "nan.wav", 8000, np.full(9, np.nan, np.float32))
    wavfile.write(root / "cut.wav", 8000, np.ones(800, np.int16))
    (root / "cut.wav").write_bytes((root / "cut.wav").read_bytes()[:900])
    (root / "text.wav").write_text("no sound")
    (root / "empty.wav").write_bytes(b"")
    sources = {"spoken": {"kind": "recordings", "location": str(root)}}

    read = ingest(sources, tmp_path / "out")

    both, loud = read.records.read().to_pylist()
    assert (both["sample_rate"], both["num_channels"], both["num_samples"]) == (
        11_025,
        2,
        2,
    )
    found = open_samples(both["encoding"], both["samples"])
    np.testing.assert_array_equal(found * 2**15, [200, -200])
    assert (both["notes"], loud["notes"]) == (["mixed_down"], ["clipped"])
    assert sorted(pairs(read.rejected)) == [
        ("cut.wav", "truncated"),
        ("empty.wav", "empty"),
        ("nan.wav", "not_finite"),
        ("none.wav", "empty"),
        ("text.wav", "unreadable"),
    ]


def test_members_of_an_archive_are_named_by_their_place_in_it(tmp_path):
    save(tmp_path / "a.png", picture())
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for name in ("cat/a.png", "b.png"):
            archive.write(tmp_path / "a.png", name)
    location = f"zip://**::{tmp_path / 'all.zip'}"
    sources = {"pets": {"kind": "images", "location": location}}

    read = ingest(sources, tmp_path / "out")

    rows = read.records.read().to_pylist()
    assert [(row["uri"], row["label"]) for row in rows] == [
        ("b.png", None),
        ("cat/a.png", "cat"),
    ]


def test_another_archive_of_the_same_name_is_another_inventory(tmp_path):
    path = tmp_path / "all.zip"
    registry = MediaRegistry.model_validate(
        {"pets": {"kind": "images", "location": f"zip://*.png::{path}"}}
    )
    hashes = set()
    for content in (b"1234", b"5678"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.png", content)
        os.utime(path, (len(hashes), len(hashes)))
        hashes.add(take_media_inventory(registry, SKIP)["hash"])
    assert len(hashes) == 2


def test_the_output_does_not_depend_on_the_number_of_workers(tmp_path):
    for number in range(12):
        save(tmp_path / "in" / f"{number}.png", picture(number))
    (tmp_path / "in" / "5.png").write_bytes(b"broken")
    config = MediaIngestionConfig(part_bytes=400)

    one = ingest(folder(tmp_path), tmp_path / "one", config, 1, str.lower)
    ingest(folder(tmp_path), tmp_path / "two", config, 2, str.lower)

    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")
    assert len(one.records.parts) > 3


def test_finished_units_are_not_read_again(tmp_path):
    path = tmp_path / "in" / "a.png"
    save(path, picture(0, (4, 4, 3)), compress_level=0)
    os.utime(path, (1, 1))
    first = ingest(folder(tmp_path), tmp_path / "out").records.read()
    save(path, picture(1, (4, 4, 3)), compress_level=0)
    os.utime(path, (1, 1))
    again = ingest(folder(tmp_path), tmp_path / "out").records.read()  # looks unchanged
    assert again.equals(first)
    os.utime(path, (2, 2))
    assert not ingest(folder(tmp_path), tmp_path / "out").records.read().equals(first)


def test_a_source_that_cannot_be_listed_stops_or_is_recorded(tmp_path):
    save(tmp_path / "in" / "a.png", picture())
    missing = {"kind": "images", "location": str(tmp_path / "none")}
    sources = {**folder(tmp_path), "other": missing}
    with pytest.raises(SourceReadError, match="source other"):
        ingest(sources, tmp_path / "out")

    read = ingest(sources, tmp_path / "out", SKIP)

    assert pairs(read.rejected) == [(str(tmp_path / "none"), "unreadable_file")]
    assert read.records.num_rows == 1


def test_a_file_that_vanishes_stops_or_is_recorded(tmp_path):
    save(tmp_path / "in" / "a.png", picture())
    save(tmp_path / "in" / "b.png", picture(1))
    registry = MediaRegistry.model_validate(folder(tmp_path))
    inventory = take_media_inventory(registry, SKIP)
    (tmp_path / "in" / "b.png").unlink()
    engine = EngineConfig(num_workers=1)

    with pytest.raises(SourceReadError, match=r"b\.png cannot be opened"):
        read_media(
            registry,
            inventory,
            tmp_path / "a",
            MediaIngestionConfig(),
            engine,
            conclude,
        )
    read = read_media(registry, inventory, tmp_path / "b", SKIP, engine, conclude)

    assert pairs(read.rejected) == [("b.png", "unreadable_file")]


def test_a_stage_without_any_record_says_why(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_text("no picture")
    with pytest.raises(EmptyStageError, match=r"1 unreadable, the first: a\.png"):
        ingest(folder(tmp_path), tmp_path / "out")
    with pytest.raises(EmptyStageError, match="no media source is declared"):
        ingest({}, tmp_path / "out")


def test_digits_need_no_file(tmp_path):
    sources = {"digits": {"kind": "digits", "licence": "MIT License"}}

    read = ingest(sources, tmp_path / "out")

    rows = read.records.read().to_pylist()
    assert len({row["image_id"] for row in rows}) == len(rows) == 1797
    assert {row["label"] for row in rows} == set("0123456789")
    seven = next(row for row in rows if row["label"] == "7")
    assert (seven["caption"], seven["caption_zh"]) == (
        "a handwritten seven",
        "手写的数字七",
    )
    assert open_pixels(seven["image"]).max() == 255
    assert (seven["width"], seven["mode"]) == (8, "L")


def test_spoken_digits_of_a_real_corpus_are_read(tmp_path, shared_data):
    archive = shared_data / "fsdd" / "recordings.zip"
    source = {
        "kind": "recordings",
        "location": f"zip://*_1*.wav::{archive}",
        "name_pattern": "{label}_{speaker}_{index}",
    }

    read = ingest({"fsdd": source}, tmp_path / "out")

    table = read.records.read(["label", "speaker", "sample_rate"])
    assert table.num_rows == 660
    assert len(set(table["label"].to_pylist())) == 10
    assert len(set(table["speaker"].to_pylist())) == 6
    assert set(table["sample_rate"].to_pylist()) == {8000}
