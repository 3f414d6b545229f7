from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.stats import spearmanr
from sklearn.datasets import load_digits

from taojin.core.errors import ConfigurationError, DataError
from taojin.evaluation.distances.measure import DistancesConfig
from taojin.evaluation.extractors.image import RandomFilterConfig
from taojin.evaluation.features import FeatureTable
from taojin.evaluation.items.config import Modality
from taojin.evaluation.items.item_sets import ItemSet, Rejection
from taojin.evaluation.judging.media import (
    audit_media,
    folder_labels,
    judge_media,
    media_extractor,
    media_set,
    rejected_share,
)
from taojin.evaluation.judging.media_config import MediaJudgingConfig

RATE = 16_000
CONFIG = MediaJudgingConfig.model_validate(
    {
        "candidates": {"one": {"location": "one"}},
        "reference": "real",
        "images": RandomFilterConfig(height=16, width=16, num_channels=1),
        "distances": {"distances": ["kernel_distance", "neighbourhoods"]},
        "intervals": {"num_resamples": 100},
        "recordings": {"intervals": {"num_resamples": 100}},
    }
)


def digits(start, stop):
    data: Any = load_digits()
    order = np.random.default_rng(0).permutation(len(data.images))[start:stop]
    return list((data.images[order] * 15.9375).astype(np.uint8)[..., None])


def noisy(images, level, seed=0):
    random = np.random.default_rng(seed)
    return [
        np.clip(image + random.normal(0.0, level, image.shape), 0, 255).astype(np.uint8)
        for image in images
    ]


def tones(number, seed, hiss=0.0):
    random = np.random.default_rng(seed)
    times = np.arange(RATE // 4) / RATE
    return [
        (
            0.5 * np.sin(2 * np.pi * random.uniform(200, 2000) * times)
            + hiss * random.standard_normal(len(times))
        ).astype(np.float32)
        for _ in range(number)
    ]


def item_set(items, modality: Modality = "image", rejected=(), rate=None):
    ids = tuple(f"{place:04}" for place in range(len(items)))
    return ItemSet(modality, items, ids, tuple(rejected), sample_rate=rate)


def images(items, config=CONFIG):
    return media_set(item_set(items), media_extractor("image", config), config)


def sounds(items, config=CONFIG):
    extractor = media_extractor("audio", config)
    return media_set(item_set(items, "audio", rate=RATE), extractor, config)


def scores(generated, real, other=None, config=CONFIG):
    measured = judge_media(generated, real, other, config)
    return {one.score.name: one.score for one in measured}


REAL, OTHER = digits(0, 250), digits(250, 500)


def test_real_images_beside_real_ones_are_inside_the_band():
    found = scores(images(digits(500, 750)), images(REAL), images(OTHER))

    for name in ("kernel_distance", "precision", "recall", "repetition_share"):
        score = found[name]
        assert score.null is not None
        assert score.min_detectable is not None
        gap = abs(score.estimate.value - score.null.value)
        assert gap < score.min_detectable, name


def test_noise_is_found_and_more_of_it_is_farther():
    real, other = images(REAL), images(OTHER)
    levels = (0.0, 20.0, 40.0, 60.0, 80.0)
    found = [
        scores(images(noisy(digits(500, 750), level)), real, other)["kernel_distance"]
        for level in levels
    ]

    values = [score.estimate.value for score in found]
    assert spearmanr(levels, values)[0] == pytest.approx(1.0)
    null, least = found[-1].null, found[-1].min_detectable
    assert null is not None
    assert least is not None
    assert values[-1] - null.value > least


def test_the_order_of_items_makes_no_difference():
    own = digits(500, 750)
    order = np.random.default_rng(1).permutation(len(own))
    real = images(REAL)

    found = scores(images(own), real)
    moved = scores(images([own[place] for place in order]), real)

    for name, score in found.items():
        other = moved[name].estimate
        assert score.estimate.value == pytest.approx(other.value, abs=1e-12), name
        assert score.estimate.low == pytest.approx(other.low, abs=1e-9), name


def test_copies_are_found_and_named():
    training = digits(750, 1000)
    own = [*training[:60], *digits(1000, 1190)]

    found = audit_media(images(own), images(training), images(REAL), CONFIG)

    for name in ("copied_share", "training_duplicate_share"):
        score = found.score(name)
        assert score.null is not None
        assert score.estimate.low > score.null.value, name
    copied = {row["generated"] for row in found.tables["suspected_copies"]}
    assert {f"{place:04}" for place in range(60)} <= copied
    assert found.tables["suspected_copies"][0]["distance"] == 0.0
    assert found.facts == {"num_training_items": 250}


def test_a_model_that_copies_nothing_is_like_held_out_items():
    found = audit_media(
        images(digits(1000, 1250)), images(digits(750, 1000)), images(REAL), CONFIG
    )

    for score in found.scores:
        assert score.null is not None
        assert score.min_detectable is not None
        gap = abs(score.estimate.value - score.null.value)
        assert gap < score.min_detectable, score.name


def test_hiss_is_heard_in_recordings():
    real = sounds(tones(60, seed=0))

    clean = scores(sounds(tones(60, seed=1)), real)
    found = scores(sounds(tones(60, seed=1, hiss=0.1)), real)

    assert (
        found["bandwidth_hertz"].estimate.low > clean["bandwidth_hertz"].estimate.high
    )
    assert (
        found["kernel_distance"].estimate.low > clean["kernel_distance"].estimate.high
    )
    assert clean["kernel_distance"].null is not None
    assert clean["kernel_distance"].estimate.low < clean["kernel_distance"].null.high


def test_what_cannot_be_used_counts():
    refused = [Rejection("a", "empty", ""), Rejection("b", "truncated", "")]
    own = item_set(REAL[:6], rejected=refused)

    assert rejected_share(own).estimate.value == 0.25
    assert rejected_share(own).null is None
    both = rejected_share(own, item_set(REAL))
    assert both.null is not None
    assert (both.null.value, both.num_real) == (0.0, 250)
    assert both.min_detectable is not None


def test_rejected_and_empty_items_are_scored():
    refused = [Rejection(f"r{place}", "empty", "") for place in range(10)]
    own = item_set(digits(500, 750), rejected=refused)
    own = media_set(own, media_extractor("image", CONFIG), CONFIG)

    found = scores(own, images(REAL))

    assert found["empty_share"].estimate.value == pytest.approx(10 / 260)
    assert found["rejected_share"].estimate.value == pytest.approx(10 / 260)


def test_sets_that_do_not_compare_are_refused():
    with pytest.raises(DataError, match="modality audio and the real ones of modality"):
        judge_media(sounds(tones(40, 0)), images(REAL), None, CONFIG)
    with pytest.raises(DataError, match="modality image and the real ones of modality"):
        audit_media(images(REAL), sounds(tones(40, 0)), images(OTHER), CONFIG)
    with pytest.raises(DataError, match="the items are texts"):
        media_extractor("text", CONFIG)
    wide = CONFIG.model_copy(update={"images": RandomFilterConfig(num_channels=1)})
    with pytest.raises(DataError, match="not comparable"):
        judge_media(images(REAL), images(OTHER, wide), None, CONFIG)


def test_too_few_items_say_how_many_are_needed():
    with pytest.raises(DataError, match=r"5 generated items, and at least \d+"):
        judge_media(images(REAL[:5]), images(OTHER), None, CONFIG)
    none = CONFIG.model_copy(update={"distances": DistancesConfig(distances=())})
    with pytest.raises(DataError, match="5 generated items, and at least 30"):
        judge_media(images(REAL[:5]), images(OTHER), None, none)
    with pytest.raises(DataError, match="29 training items, and at least 30"):
        audit_media(images(REAL), images(OTHER[:29]), images(OTHER), CONFIG)


def test_features_that_are_no_numbers_are_refused():
    class Broken:
        fingerprint = "broken"

        def extract(self, items):
            values = np.zeros((len(items), 2))
            values[3] = np.nan
            return FeatureTable(values, self.fingerprint)

    with pytest.raises(DataError, match="1 of 250 items are not finite"):
        media_set(item_set(REAL), Broken(), CONFIG)


def test_labels_are_the_subfolders():
    items = ItemSet("image", REAL[:2], ("cat/1.png", "dog/x/1.png"))
    assert folder_labels(items) == ["cat", "dog"]
    with pytest.raises(DataError, match="2 labelled items lie in no subfolder"):
        folder_labels(item_set(REAL[:2]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"candidates": {"one": None}}, "no set to judge"),
        ({"baseline": "two"}, "baseline two is none of"),
        ({"reference": "one"}, "hold the same items"),
        ({"other_reference": "real/more"}, "hold the same items"),
        ({"labelled": "./one"}, "hold the same items"),
        ({"training": "real"}, "hold the same items"),
        ({"items": {"sample_rate": 8000}}, "set all three alike"),
    ],
)
def test_settings_that_cannot_be_right_are_refused(change, message):
    given = {"candidates": {"one": {"location": "one"}}, "reference": "real"}
    MediaJudgingConfig.model_validate(given)
    with pytest.raises(ValidationError, match=message):
        MediaJudgingConfig.model_validate(given | change)


def test_a_network_of_the_other_modality_is_refused(tmp_path):
    with pytest.raises((DataError, ConfigurationError)):
        media_extractor("audio", CONFIG, tmp_path)
