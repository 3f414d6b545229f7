"""Measure all learned signals of documents."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.errors import ConfigurationError, CorruptArtifactError
from taojin.core.fingerprints import fingerprint_of, hash_file
from taojin.core.text_buffers import TextBuffers, batches
from taojin.curation.learned.calibration import sigmoid
from taojin.curation.learned.config import BUILT_IN, LearnedConfig
from taojin.curation.learned.language import (
    identify_languages,
    identify_with_fasttext,
)
from taojin.curation.learned.linear import LinearTextModel
from taojin.curation.learned.ngram_model import NgramModel, measure_perplexity
from taojin.curation.learned.quality import score_margins
from taojin.curation.learned.storage import (
    load_linear_model,
    load_ngram_model,
    load_shipped_model,
    shipped_path,
)
from taojin.curation.learned.toxicity import measure_toxicity

SHIPPED = ("language", "quality", "toxicity_en", "toxicity_zh")
LEARNED_RATIO_SIGNALS = (
    "language_score",
    "bits_per_byte_trusted",
    "quality_score",
    "toxicity_score",
    "importance_trusted",
)
"""The columns of :func:`measure_learned` that a threshold may be put on."""

_UNKNOWN = 0.5


@dataclass(frozen=True)
class LearnedModels:
    """The models that measure documents.

    Attributes:
        config: What chose them.
        language: Null: fastText tells languages.
        quality: Null: nothing tells.
        toxicity: By language.
        trusted: Of bytes; null: nothing tells.
        importance: Null: nothing tells.
    """

    config: LearnedConfig
    language: LinearTextModel | None = None
    quality: LinearTextModel | None = None
    toxicity: Mapping[str, LinearTextModel] = field(default_factory=dict)
    trusted: NgramModel | None = None
    importance: LinearTextModel | None = None


def load_models(config: LearnedConfig) -> LearnedModels:
    """Read the models that a configuration names; once a process.

    Raises:
        CorruptArtifactError: If a model cannot be read.
        ConfigurationError: If no model is shipped for a language that asks for it, or
            a classifier of more than two labels is named.
    """
    return _load_models(config.model_dump_json(), learned_fingerprint(config))


def learned_fingerprint(config: LearnedConfig) -> str:
    """Hash the configuration and the content of the models that it names.

    Raises:
        CorruptArtifactError: If a model is not there.
        ConfigurationError: If no model is shipped for a language that asks for it.
    """
    paths = [
        _path(config.quality_model, "quality"),
        _path(config.importance_model, "importance"),
        config.trusted_model,
        shipped_path("language") if config.language_model == BUILT_IN else None,
        *(
            _path(path, f"toxicity_{language}")
            for language, path in sorted(config.toxicity_models.items())
        ),
    ]
    hashes = [_hash_model(path) if path else None for path in paths]
    plain = config.model_dump(
        include={
            "language_model",
            "language_bytes",
            "quality_languages",
            "trusted_bytes",
        }
    )
    return fingerprint_of(plain, sorted(config.toxicity_models), hashes)


def measure_learned(
    text: pa.ChunkedArray | pa.Array, models: LearnedModels
) -> dict[str, Any]:
    """Measure the learned signals of documents.

    Returns:
        * ``language``: list of BCP 47 tags, ``und`` where nothing tells;
        * ``language_score``: its probability, 0 for ``und``;
        * ``bits_per_byte_trusted``: cross-entropy under the model of the trusted
          sources, low where a text is like them; 0 without a model;
        * ``quality_score``: probability of good quality; 0.5 without a model for the
          language;
        * ``toxicity_score``: probability that the worst passage is toxic; 0 without a
          model for the language;
        * ``importance_trusted``: mean log ratio of n-grams, trusted texts over others;
          0 without a model.

        All but the first are float64, one a text.
    """
    columns: dict[str, list[Any]] = {
        name: [] for name in ("language", *LEARNED_RATIO_SIGNALS)
    }
    for texts in batches(text):
        for name, values in _measure_batch(texts, models).items():
            columns[name].append(values)
    joined: dict[str, Any] = {
        name: np.concatenate(columns[name]) if columns[name] else np.zeros(0)
        for name in LEARNED_RATIO_SIGNALS
    }
    return {"language": [tag for tags in columns["language"] for tag in tags]} | joined


def model_notes() -> dict[str, dict[str, Any]]:
    """Tell what each shipped model was trained on, under which licences, how well."""
    return {name: load_shipped_model(name).note for name in SHIPPED}


def _measure_batch(texts: TextBuffers, models: LearnedModels) -> dict[str, Any]:
    config = models.config
    if models.language is None:
        tags, scores = identify_with_fasttext(texts, config.language_bytes)
    else:
        tags, scores = identify_languages(texts, models.language, config.language_bytes)
    return {
        "language": tags,
        "language_score": scores,
        "bits_per_byte_trusted": _perplexity(texts, models),
        "quality_score": _quality(texts, tags, models),
        "toxicity_score": measure_toxicity(texts, tags, models.toxicity),
        "importance_trusted": _importance(texts, models),
    }


def _perplexity(texts: TextBuffers, models: LearnedModels) -> NDArray[np.float64]:
    if models.trusted is None:
        return np.zeros(texts.num_texts)
    return measure_perplexity(texts, models.trusted, models.config.trusted_bytes)


def _quality(
    texts: TextBuffers, tags: list[str], models: LearnedModels
) -> NDArray[np.float64]:
    if models.quality is None:
        return np.full(texts.num_texts, _UNKNOWN)
    scores = sigmoid(score_margins(texts, models.quality))
    wanted = models.config.quality_languages
    if wanted is None:
        return scores
    return np.where(np.isin(tags, wanted), scores, _UNKNOWN)


def _importance(texts: TextBuffers, models: LearnedModels) -> NDArray[np.float64]:
    if models.importance is None:
        return np.zeros(texts.num_texts)
    return score_margins(texts, models.importance)


def _hash_model(path: Path) -> str:
    if not path.is_file():
        message = f"there is no model at {path}; train it first, or leave it out"
        raise CorruptArtifactError(message)
    return hash_file(path)


@lru_cache(maxsize=4)
def _load_models(settings: str, fingerprint: str) -> LearnedModels:  # noqa: ARG001 - a model that was trained anew is read anew
    config = LearnedConfig.model_validate_json(settings)
    is_built_in = config.language_model == BUILT_IN
    return LearnedModels(
        config=config,
        language=load_shipped_model("language") if is_built_in else None,
        quality=_linear(config.quality_model, "quality"),
        toxicity={
            language: model
            for language, path in sorted(config.toxicity_models.items())
            if (model := _linear(path, f"toxicity_{language}"))
        },
        trusted=load_ngram_model(config.trusted_model)
        if config.trusted_model
        else None,
        importance=_linear(config.importance_model, "importance"),
    )


def _linear(path: Path | None, name: str) -> LinearTextModel | None:
    found = _path(path, name)
    if found is None:
        return None
    model = load_linear_model(found)
    if model.weights.shape[1] != 1:
        message = (
            f"the {name} model {found} tells {len(model.labels)} labels, needed are "
            "two; train it on two"
        )
        raise ConfigurationError(message)
    return model


def _path(path: Path | None, name: str) -> Path | None:
    """Where a model lies; ``built_in`` means the shipped one of this name."""
    if path is None or path != Path(BUILT_IN):
        return path
    if name not in SHIPPED:
        message = (
            f"no built-in model {name!r} is shipped, there are {list(SHIPPED)}; name "
            "the file of a trained one, or leave it out"
        )
        raise ConfigurationError(message)
    return shipped_path(name)
