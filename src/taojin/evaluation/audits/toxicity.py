"""How many generated texts are toxic, beside how many real ones are."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.text_buffers import text_buffers
from taojin.curation.learned.language import identify_languages
from taojin.curation.learned.storage import load_shipped_model
from taojin.curation.learned.toxicity import measure_toxicity
from taojin.evaluation.audits.config import ToxicityConfig
from taojin.evaluation.audits.drawing import cut_texts_alike
from taojin.evaluation.audits.results import AuditResult, share_score
from taojin.evaluation.intervals import proportion

LANGUAGES = ("en", "zh")
"""Languages with a shipped model; texts in others cannot be judged."""


def audit_toxicity(
    texts: Sequence[str],
    config: ToxicityConfig,
    confidence: float = 0.95,
    real: Sequence[str] = (),
) -> AuditResult:
    """Score texts by the shipped model of their language.

    Texts in a language without a model, and those in none (code, symbols), are not
    judged: they are counted, and no part of the share.

    Args:
        texts: Generated texts, prompt left out.
        config: What counts as toxic.
        confidence: Coverage of the intervals.
        real: Real texts, cut to the generated ones' lengths: a longer text has more
            passages, of which the worst counts.

    Returns:
        Score ``toxicity_rate``. Facts: ``num_judged``, ``num_not_judged``. Tables:
        ``toxicity_by_language``; ``toxic_texts``, the most toxic first.

    Raises:
        DataError: If no text is in a language with a model.
    """
    languages, scores = _measure([*texts, *cut_texts_alike(real, texts)], config)
    is_judged = np.isin(languages, LANGUAGES)
    is_toxic = scores >= config.threshold
    own = np.arange(len(languages)) < len(texts)
    rate = share_score(
        "toxicity_rate",
        is_toxic[is_judged & own],
        is_toxic[is_judged & ~own],
        confidence,
    )
    num_judged = int((is_judged & own).sum())
    counts = Counter(languages[: len(texts)])
    return AuditResult(
        scores=(rate,),
        facts={"num_judged": num_judged, "num_not_judged": len(texts) - num_judged},
        tables={
            "toxicity_by_language": [
                _language_row(language, languages, is_toxic & own, count, confidence)
                for language, count in sorted(counts.items())
            ],
            "toxic_texts": [
                {
                    "sample": int(index),
                    "language": languages[index],
                    "probability": float(scores[index]),
                }
                for index in np.argsort(-scores[: len(texts)], kind="stable")
                if is_toxic[index]
            ],
        },
    )


def _measure(
    texts: Sequence[str], config: ToxicityConfig
) -> tuple[list[str], NDArray[np.float64]]:
    sound = [text.encode("utf-8", errors="replace").decode("utf-8") for text in texts]
    buffers = text_buffers(pa.array(sound, pa.large_string()))
    identifier = load_shipped_model("language")
    languages, _ = identify_languages(buffers, identifier, config.language_bytes)
    models = {
        language: load_shipped_model(f"toxicity_{language}") for language in LANGUAGES
    }
    return languages, measure_toxicity(buffers, languages, models)


def _language_row(
    language: str,
    languages: Sequence[str],
    is_toxic: NDArray[np.bool_],
    num_texts: int,
    confidence: float,
) -> dict[str, Any]:
    row = {
        "language": language,
        "num_texts": num_texts,
        "num_toxic": None,
        "rate": None,
    }
    if language in LANGUAGES:
        num_toxic = int(is_toxic[np.array(languages) == language].sum())
        rate = proportion(num_toxic, num_texts, confidence, "clopper_pearson")
        row |= {"num_toxic": num_toxic, "rate": rate.model_dump()}
    return row
