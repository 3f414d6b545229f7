"""The evaluation of images and recordings, from folders to the page."""

import shutil
from typing import Any

import numpy as np
import pytest
from kedro.config import OmegaConfigLoader
from kedro.framework.project import pipelines, settings
from kedro.framework.startup import bootstrap_project
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from PIL import Image
from scipy.io import wavfile
from sklearn.datasets import load_digits

from taojin.core.errors import ConfigurationError, DataError
from taojin.datasets.atomic import AtomicJSONDataset, AtomicTextDataset
from taojin.datasets.directories import ModelDataset
from taojin.evaluation.judging.media import media_extractor
from taojin.evaluation.judging.media_config import MediaJudgingConfig
from taojin.evaluation.judging.media_report import report_media
from taojin.pipelines.media_evaluation import create_pipeline
from taojin.training.checkpoints import MemoryCheckpointStore
from taojin.training.config import TrainingConfig
from taojin.training.extractors import ExtractorConfig

RATE = 8000
QUICK = {"intervals": {"num_resamples": 100}}
EXTRACTOR = ExtractorConfig(
    widths=(8, 16),
    feature_size=16,
    training=TrainingConfig(num_steps=40, batch_size=32, num_threads=1),
)


def write_digits(folder, start, stop, noise=0.0, labelled=False):
    data: Any = load_digits()
    random = np.random.default_rng(start)
    order = np.random.default_rng(0).permutation(len(data.images))[start:stop]
    for place in order:
        pixels = data.images[place] * 15.9375 + random.normal(0.0, noise, (8, 8))
        home = folder / str(data.target[place]) if labelled else folder
        home.mkdir(parents=True, exist_ok=True)
        picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
        picture.save(home / f"{place:04}.png")


def write_tones(folder, number, seed, hiss=0.0, pitches=(200.0, 1500.0)):
    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    times = np.arange(RATE // 4) / RATE
    for place in range(number):
        tone = 0.5 * np.sin(2 * np.pi * random.uniform(*pitches) * times)
        samples = tone + hiss * random.standard_normal(len(times))
        content = np.clip(samples * 32767, -32768, 32767).astype(np.int16)
        wavfile.write(folder / f"{place:04}.wav", RATE, content)


@pytest.fixture
def image_settings(tmp_path) -> dict[str, Any]:
    write_digits(tmp_path / "real", 0, 200)
    write_digits(tmp_path / "same", 200, 400)
    write_digits(tmp_path / "noisy", 400, 600, noise=60.0)
    (tmp_path / "same" / "damaged.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
    return {
        "candidates": {
            name: {"location": str(tmp_path / name)} for name in ("same", "noisy")
        },
        "reference": str(tmp_path / "real"),
        "images": {"height": 16, "width": 16, "num_channels": 1},
        "distances": {"distances": ["kernel_distance", "neighbourhoods"]},
        **QUICK,
    }


@pytest.fixture
def sound_settings(tmp_path) -> dict[str, Any]:
    write_tones(tmp_path / "real", 60, seed=0)
    write_tones(tmp_path / "same", 60, seed=1)
    write_tones(tmp_path / "hissing", 60, seed=2, hiss=0.1)
    return {
        "candidates": {
            name: {"location": str(tmp_path / name)} for name in ("same", "hissing")
        },
        "reference": str(tmp_path / "real"),
        "items": {"sample_rate": RATE},
        "sounds": {"sample_rate": RATE, "num_bands": 24, "num_frames": 24},
        "recordings": {"sample_rate": RATE, **QUICK},
        "distances": {"distances": ["kernel_distance", "neighbourhoods"]},
        **QUICK,
    }


def run(config, folder) -> dict[str, Any]:
    given = {
        "params:media_evaluation.judging": MediaJudgingConfig.model_validate(config),
        "params:media_evaluation.extractor": EXTRACTOR,
        "media_extractor_checkpoints": MemoryCheckpointStore(),
        "workspace": folder / "work",
    }
    kept: dict[str, Any] = {
        "media_extractor_model": ModelDataset(str(folder / "model")),
        "media_extractor_history": AtomicJSONDataset(filepath=f"{folder}/history.json"),
        "media_report": AtomicJSONDataset(filepath=f"{folder}/report.json"),
        "media_samples": AtomicJSONDataset(filepath=f"{folder}/samples.json"),
        "media_page": AtomicTextDataset(filepath=f"{folder}/page.html"),
    }
    catalog = DataCatalog(
        {**{name: MemoryDataset(one) for name, one in given.items()}, **kept}
    )
    SequentialRunner().run(create_pipeline(), catalog)
    return {name: catalog.load(name) for name in kept}


def estimate(report, candidate, metric):
    return report["candidates"][candidate]["scores"][metric]["estimate"]


def test_noisy_images_are_told_from_real_ones(image_settings, tmp_path):
    found = run(image_settings, tmp_path)
    report = found["media_report"]

    assert (report["modality"], report["num_real"]) == ("image", 200)
    noisy = estimate(report, "noisy", "kernel_distance")
    assert noisy["low"] > estimate(report, "same", "kernel_distance")["high"]
    same = report["candidates"]["same"]
    assert same["facts"]["rejected"] == {"unreadable": 1}
    assert same["scores"]["rejected_share"]["estimate"]["value"] == 1 / 201
    assert found["media_extractor_history"] == []
    assert "Generated images on four axes" in found["media_page"]
    assert "<script" not in found["media_page"]
    shown = {one["name"]: one["shown"] for one in found["media_samples"]["sets"]}
    assert {name: len(own) for name, own in shown.items()} == dict.fromkeys(
        (None, "same", "noisy"), 64
    )
    for own in shown.values():
        assert all(one["source"] in found["media_page"] for one in own)


def test_the_library_gives_what_the_pipeline_gives(image_settings, tmp_path):
    config = MediaJudgingConfig.model_validate(image_settings)

    assert report_media(config) == run(image_settings, tmp_path)["media_report"]


def test_copies_are_looked_for_where_the_training_items_are_known(
    image_settings, tmp_path
):
    write_digits(tmp_path / "learned", 600, 700)
    write_digits(tmp_path / "copying", 600, 640)
    write_digits(tmp_path / "copying", 700, 860)
    image_settings["candidates"] = {"copying": {"location": str(tmp_path / "copying")}}
    image_settings["training"] = str(tmp_path / "learned")

    report = report_media(MediaJudgingConfig.model_validate(image_settings))

    copying = report["candidates"]["copying"]
    share = copying["scores"]["copied_share"]
    assert share["estimate"]["low"] > share["null"]["high"]
    rows = copying["tables"]["suspected_copies"]
    assert sum(row["distance"] == 0.0 for row in rows) == 40
    assert all(row["generated"] == row["training"] for row in rows[:40])
    assert report["comparison"] is None
    assert all(row["hash_bits"] == 0 for row in rows[:40])


def test_a_network_learns_the_labelled_images_and_misses_a_class(
    image_settings, tmp_path
):
    write_digits(tmp_path / "labelled", 900, 1300, labelled=True)
    write_digits(tmp_path / "few", 400, 900, labelled=True)
    for missing in range(5, 10):
        shutil.rmtree(tmp_path / "few" / str(missing))
    image_settings["candidates"] = {
        name: {"location": str(tmp_path / name)} for name in ("same", "few")
    }
    untrained = media_extractor(
        "image", MediaJudgingConfig.model_validate(image_settings)
    )
    image_settings["labelled"] = str(tmp_path / "labelled")

    found = run(image_settings, tmp_path)
    report = found["media_report"]

    assert found["media_extractor_history"]
    assert report["extractor"] != untrained.fingerprint
    few = estimate(report, "few", "kernel_distance")
    assert few["low"] > estimate(report, "same", "kernel_distance")["high"]


def test_hissing_recordings_are_told_from_clean_ones(sound_settings, tmp_path):
    found = run(sound_settings, tmp_path)
    report = found["media_report"]

    assert report["modality"] == "audio"
    assert "60 real recordings" in found["media_page"]
    assert found["media_page"].count("<audio controls") == 3 * 12
    for metric in ("kernel_distance", "bandwidth_hertz"):
        low = estimate(report, "hissing", metric)["low"]
        assert low > estimate(report, "same", metric)["high"], metric


def test_a_network_learns_the_labelled_recordings_and_judges(sound_settings, tmp_path):
    write_tones(tmp_path / "labelled/low", 40, seed=3, pitches=(200.0, 400.0))
    write_tones(tmp_path / "labelled/high", 40, seed=4, pitches=(1000.0, 1500.0))
    sound_settings["labelled"] = str(tmp_path / "labelled")

    found = run(sound_settings, tmp_path)

    assert (found["media_extractor_model"] / "network.json").is_file()
    report = found["media_report"]
    low = estimate(report, "hissing", "kernel_distance")["low"]
    assert low > estimate(report, "same", "kernel_distance")["high"]


def test_a_missing_folder_is_told_before_anything_is_read(image_settings, tmp_path):
    image_settings["candidates"]["lost"] = {"location": str(tmp_path / "lost")}
    with pytest.raises(ConfigurationError, match=r"candidates\.lost"):
        run(image_settings, tmp_path)


def test_candidates_of_another_modality_are_refused(image_settings, tmp_path):
    write_tones(tmp_path / "heard", 3, seed=0)
    image_settings["candidates"]["heard"] = {"location": str(tmp_path / "heard")}
    with pytest.raises(DataError, match="modality audio and the real ones of modality"):
        run(image_settings, tmp_path)


def test_it_runs_only_when_it_is_named(project_path):
    bootstrap_project(project_path)
    names = {node.name for node in pipelines["media_evaluation"].nodes}
    assert "media_evaluation.judge_media_candidates" in names
    assert not names & {node.name for node in pipelines["__default__"].nodes}


@pytest.mark.parametrize("env", ["base", "smoke", "gpu", "cluster"])
def test_its_artifacts_and_settings_are_configured(project_path, env):
    bootstrap_project(project_path)
    config = OmegaConfigLoader(
        str(project_path / "conf"), env=env, **settings.CONFIG_LOADER_ARGS
    )
    catalog = DataCatalog.from_config(config["catalog"])
    named = pipelines["media_evaluation"].datasets()
    missing = [
        name for name in named if not name.startswith("params:") and name not in catalog
    ]
    assert not missing
    given = config["parameters"]["media_evaluation"]
    assert MediaJudgingConfig.model_validate(given["judging"]).locations
    assert ExtractorConfig.model_validate(given["extractor"]).training.num_steps
