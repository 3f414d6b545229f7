"""Images and recordings, from files to a page, in the smoke environment."""

import numpy as np
import pytest

pytest.importorskip("PIL", reason="images need the extra image")

from taojin.generation.audio.files import write_wave

RATE = 8000


@pytest.fixture(scope="module")
def images(project_in, tmp_path_factory):
    project = project_in(tmp_path_factory.mktemp("images"))
    return project, project.run("--pipelines=image")


@pytest.mark.slow
def test_embedded_images_become_generators_and_a_page(images):
    project, _ = images
    page = (project.data / "08_reporting/evaluation_images.html").read_text()
    assert "class_gan" in page
    assert "data:image/png" in page
    made = project.data / "07_model_output/image_class_gan_samples/images"
    assert sorted(folder.name for folder in made.iterdir()) == list("0123456789")
    report = project.json("08_reporting/image_curation_report.json")
    assert report["num_items"] == report["num_kept"] + report["num_dropped"] == 1797
    assert project.json("08_reporting/image_likelihood_report.json")["num_images"]


@pytest.mark.slow
def test_nothing_of_images_is_done_twice(images):
    project, _ = images
    again = project.executed(project.run("--pipelines=image"))
    assert again == ["take_image_inventory"]


@pytest.mark.slow
def test_a_stage_can_be_that_of_images(images):
    project, _ = images
    printed = project.run("--pipelines=features", "--namespaces=image")
    assert "image.features.split_images" in printed
    assert "text.features" not in printed


@pytest.mark.long
def test_declared_recordings_become_a_generator_and_a_page(project_in, tmp_path):
    project = project_in(tmp_path)
    folder = tmp_path / "tones"
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(480):
        pitch = 300.0 if number % 2 else 900.0
        time = np.arange(random.integers(1600, 3200)) / RATE
        noise = 0.01 * random.standard_normal(len(time))
        wave = 0.5 * np.sin(2.0 * np.pi * pitch * random.uniform(0.9, 1.1) * time)
        name = f"{'low' if number % 2 else 'high'}_{'ann' if number % 3 else 'bob'}"
        samples = (wave + noise).astype(np.float32)
        write_wave(folder / f"{name}_{number}.wav", samples, RATE)
    (folder / "low_ann_broken.wav").write_bytes(b"RIFF")
    source = {
        "kind": "recordings",
        "location": str(folder),
        "name_pattern": "{label}_{speaker}_{index}",
        "licence": "CC0-1.0",
        "licence_evidence": "made here",
        "purposes": ["commercial"],
    }
    sources = {"media_sources": {"digits": None, "tones": source}}
    project.configure("media_sources.yml", sources)
    project.run("--pipelines=audio")
    page = (project.data / "08_reporting/evaluation_recordings.html").read_text()
    assert "<audio" in page
    report = project.json("08_reporting/clip_ingestion_report.json")
    assert report["num_items"] == 480
    assert [row["reason"] for row in report["rejections"]] == ["unreadable"]
    made = project.data / "07_model_output/audio_generator_samples/clips"
    assert len(list(made.glob("*.wav"))) == 2 * 2 * 40
