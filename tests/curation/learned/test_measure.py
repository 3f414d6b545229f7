from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from taojin.core.errors import ConfigurationError, CorruptArtifactError
from taojin.curation.learned.config import (
    ClassifierConfig,
    LearnedConfig,
    NgramModelConfig,
)
from taojin.curation.learned.measure import (
    LEARNED_RATIO_SIGNALS,
    SHIPPED,
    learned_fingerprint,
    load_models,
    measure_learned,
    model_notes,
)
from taojin.curation.learned.ngram_model import train_on_texts
from taojin.curation.learned.storage import (
    save_linear_model,
    save_ngram_model,
    shipped_path,
)
from taojin.curation.learned.training import train_importance

TEXTS = [
    "The library opens at nine and lends books for four weeks to all who live here.",
    "图书馆九点开门，每本书可以借四个星期。",
    "",
    "x = {1: f(2), 3: g(4)};",
]
MAX_BYTES_OF_ALL_MODELS = 2_000_000


def measure(texts, **settings):
    column = pa.chunked_array([pa.array(texts, pa.large_string())])
    return measure_learned(column, load_models(LearnedConfig(**settings)))


def test_every_text_gets_every_signal():
    found = measure(TEXTS)
    assert list(found) == ["language", *LEARNED_RATIO_SIGNALS]
    assert found["language"] == ["en", "zh", "und", "und"]
    for name in LEARNED_RATIO_SIGNALS:
        assert found[name].dtype == np.float64
        assert found[name].shape == (4,)
        assert np.isfinite(found[name]).all()
    for name in ("language_score", "quality_score", "toxicity_score"):
        assert ((found[name] >= 0) & (found[name] <= 1)).all()


def test_no_text_makes_empty_columns():
    assert {len(values) for values in measure([]).values()} == {0}


def test_without_models_nothing_is_said():
    found = measure(TEXTS, quality_model=None, toxicity_models={})
    assert found["quality_score"].tolist() == [0.5] * 4
    for name in ("toxicity_score", "bits_per_byte_trusted", "importance_trusted"):
        assert found[name].tolist() == [0.0] * 4


def test_quality_is_told_only_in_the_languages_of_its_labels():
    scores = measure(TEXTS)["quality_score"]
    assert scores[0] != 0.5
    assert scores[1:].tolist() == [0.5] * 3
    everywhere = measure(TEXTS, quality_languages=None)["quality_score"]
    assert everywhere[0] == scores[0]
    assert (everywhere[1:] != 0.5).all()


def test_models_of_ones_own_are_found_by_path(tmp_path):
    trusted = pa.array(TEXTS[:1] * 20)
    save_ngram_model(
        train_on_texts([trusted], NgramModelConfig()), tmp_path / "trusted"
    )
    others = pa.array(["cheap jackpot bonus"] * 20)
    importance = train_importance(trusted, others, ClassifierConfig(bits=10))
    save_linear_model(importance, tmp_path / "importance")
    settings = {
        "trusted_model": tmp_path / "trusted",
        "importance_model": tmp_path / "importance",
    }
    found = measure([TEXTS[0], "cheap bonus"], **settings)
    assert found["bits_per_byte_trusted"][0] < 1 < found["bits_per_byte_trusted"][1]
    assert found["importance_trusted"][0] > 0 > found["importance_trusted"][1]


def test_signals_do_not_depend_on_the_other_texts():
    texts = [*TEXTS, "Weather " * 3000]
    together = measure(texts)
    for row, text in enumerate(texts):
        alone = measure([text])
        for name, values in alone.items():
            assert values[0] == together[name][row]


def test_the_fingerprint_follows_models_and_settings(tmp_path):
    plain = learned_fingerprint(LearnedConfig())
    assert plain == learned_fingerprint(LearnedConfig())
    assert plain != learned_fingerprint(LearnedConfig(language_bytes=1000))
    assert plain != learned_fingerprint(LearnedConfig(quality_model=None))
    assert plain != learned_fingerprint(
        LearnedConfig(toxicity_models={"en": shipped_path("toxicity_zh")})
    )
    assert plain != learned_fingerprint(LearnedConfig(toxicity_models={}))
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(shipped_path("quality").read_bytes())
    assert plain == learned_fingerprint(LearnedConfig(quality_model=copy))


def test_a_language_without_a_shipped_model_is_refused():
    config = LearnedConfig(toxicity_models={"fr": Path("built_in")})
    with pytest.raises(ConfigurationError, match="no built-in model 'toxicity_fr'"):
        load_models(config)


def test_a_model_that_was_trained_anew_is_read_anew(tmp_path):
    path = tmp_path / "trusted"
    costs = []
    for text in (TEXTS[0], TEXTS[1]):
        model = train_on_texts([pa.array([text] * 20)], NgramModelConfig())
        save_ngram_model(model, path)
        costs.append(measure(TEXTS[:1], trusted_model=path)["bits_per_byte_trusted"][0])
    assert costs[0] < 1 < costs[1]


def test_a_classifier_of_many_labels_is_refused():
    config = LearnedConfig(quality_model=shipped_path("language"))
    with pytest.raises(ConfigurationError, match="tells 32 labels, needed are two"):
        load_models(config)


def test_a_missing_model_is_named(tmp_path):
    config = LearnedConfig(trusted_model=tmp_path / "nowhere")
    with pytest.raises(CorruptArtifactError, match="nowhere"):
        load_models(config)


def test_shipped_models_are_small_and_say_what_they_were_trained_on():
    notes = model_notes()
    assert set(notes) == set(SHIPPED)
    for note in notes.values():
        assert {"data", "command"} <= set(note)
    sizes = [shipped_path(name).stat().st_size for name in SHIPPED]
    assert sum(sizes) < MAX_BYTES_OF_ALL_MODELS
