"""Sets of texts as a study for people, who may not know what wrote them."""

from collections.abc import Mapping, Sequence

from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.errors import ConfigurationError, DataError
from taojin.evaluation.audits.drawing import cut_texts_alike, draw_by_hash
from taojin.evaluation.human import (
    FindingsConfig,
    Study,
    StudyConfig,
    make_study,
    text_checks,
)

REAL = "real"
"""Held-out real texts, judged as if a model had written them."""


class HumanConfig(StageConfig):
    """What people are shown, and how their answers are read."""

    study: StudyConfig = StudyConfig()
    findings: FindingsConfig = FindingsConfig()
    """Its intervals are those of the evaluation."""
    has_real: bool = True
    """Whether real texts stand among the models, as ``real``."""
    min_characters: int = Field(default=40, ge=10)
    """Shorter texts are not shown."""
    judgements: str = "data/01_raw/judgements"
    """Folder of the filled-in tables, ``*.csv``."""


def make_text_study(
    sets: Mapping[str, Sequence[str]], real: Sequence[str], config: HumanConfig
) -> Study:
    """Pair texts of sets with each other and with real ones, by chance.

    Args:
        sets: By name, texts that were written without being asked for anything, so
            that any two may stand side by side.
        real: Held-out texts; cut to the lengths of the generated ones.
        config: How many pairs and checks.

    Raises:
        ConfigurationError: If a set is called ``real`` and real texts are shown.
        DataError: If there are too few sets, texts, or real ones for checks.
    """
    shown = {
        name: [text for text in texts if len(text.strip()) >= config.min_characters]
        for name, texts in sets.items()
    }
    if config.has_real:
        if REAL in shown:
            message = (
                f"human study: a candidate is called {REAL!r}, as the real texts are; "
                "call it otherwise, or set has_real: false"
            )
            raise ConfigurationError(message)
        every = [text for texts in shown.values() for text in texts]
        cut = cut_texts_alike(real, every)
        shown[REAL] = [
            text for text in cut if len(text.strip()) >= config.min_characters
        ]
    size = min(map(len, shown.values()), default=0)
    if size == 0:
        found = {name: len(texts) for name, texts in shown.items()}
        message = (
            f"human study: texts of at least min_characters ({config.min_characters}) "
            f"are needed in every set, there are {found}"
        )
        raise DataError(message)
    seed = config.study.seed
    alike = {name: draw_by_hash(texts, size, seed) for name, texts in shown.items()}
    checks = text_checks(real, config.study.num_checks, seed)
    return make_study(alike, config.study, checks)
