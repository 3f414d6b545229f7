"""Varied texts that say the same: paraphrase rules without back-translation."""

from collections.abc import Sequence

import numpy as np
from pydantic import Field, field_validator

from taojin.core.config import StageConfig
from taojin.core.randomness import derive_seed
from taojin.features.augmentation.chinese_rules import CHINESE_RULES
from taojin.features.augmentation.english_rules import ENGLISH_RULES
from taojin.features.augmentation.rules import Rule, applied
from taojin.features.augmentation.spans import SpanMaskingConfig, mask_spans

PARAPHRASE_RULES: dict[str, Rule] = {
    rule.name: rule for rule in (*ENGLISH_RULES, *CHINESE_RULES)
}
"""All rules by name. Each touches one language only and may run over any text."""


class ParaphraseConfig(StageConfig):
    """Which rules rewrite a text, and how often."""

    probability: float = Field(default=0.5, ge=0.0, le=1.0)
    """Of each place where a rule applies to be rewritten."""
    probabilities: dict[str, float] = Field(default_factory=dict)
    """Other probabilities for single rules; 0 switches one off."""

    @field_validator("probabilities")
    @classmethod
    def _check_rules(cls, value: dict[str, float]) -> dict[str, float]:
        unknown = sorted(set(value) - set(PARAPHRASE_RULES))
        if unknown:
            message = f"unknown rules {unknown}; there are {sorted(PARAPHRASE_RULES)}"
            raise ValueError(message)
        wrong = {name: one for name, one in value.items() if not 0.0 <= one <= 1.0}
        if wrong:
            message = f"probabilities {wrong} do not lie between 0 and 1"
            raise ValueError(message)
        return value


class TextAugmentationConfig(StageConfig):
    """How texts are varied: first paraphrased, then masked."""

    paraphrase: ParaphraseConfig = ParaphraseConfig()
    masking: SpanMaskingConfig | None = None
    """Null masks nothing. Masking, unlike the rules, may take a name or a negation."""


def paraphrase(text: str, config: ParaphraseConfig, random: np.random.Generator) -> str:
    """Say the same in other words.

    Entities, values of numbers and negations stay; addresses, code and what is quoted
    are not touched.

    Args:
        text: English, Chinese or both; texts of other languages stay as they are but
            for words that look like English.
        config: Which rules, and how often.
        random: Of the random numbers; the draws of a rule do not depend on which other
            rules are on, unless these changed its places.
    """
    seeds = random.integers(1 << 62, size=len(PARAPHRASE_RULES))
    for (name, rule), seed in zip(PARAPHRASE_RULES.items(), seeds, strict=True):
        probability = config.probabilities.get(name, config.probability)
        if probability > 0.0:
            text = applied(rule, text, probability, int(seed))
    return text


def augment_texts(
    texts: Sequence[str], config: TextAugmentationConfig, seed: int, copy: int = 0
) -> list[str]:
    """Vary each text by chance.

    Args:
        texts: Any.
        config: How.
        seed: With the text itself it decides the outcome, in whatever order and
            company texts come.
        copy: Number of the varied copy; every number gives another one.
    """
    varied = []
    for text in texts:
        random = np.random.default_rng(derive_seed(seed, "texts", copy, text))
        found = paraphrase(text, config.paraphrase, random)
        if config.masking is not None:
            found = mask_spans(found, config.masking, random)
        varied.append(found)
    return varied
