"""Samples that repeat training text word for word, and where that text is from."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taojin.evaluation.audits.config import LegalityConfig
from taojin.evaluation.audits.corpora import TrainingCorpus
from taojin.evaluation.audits.drawing import cut_alike
from taojin.evaluation.audits.incidence import Incidence, distinct_pairs
from taojin.evaluation.audits.origins import VERBATIM, Copies
from taojin.evaluation.audits.results import AuditResult, require_long_enough
from taojin.evaluation.audits.runs import Runs
from taojin.evaluation.intervals import proportion

_PAIRS_AT_ONCE = 1 << 18


def audit_copies(
    samples: Sequence[np.ndarray],
    train_tokens: np.ndarray,
    config: LegalityConfig,
    confidence: float = 0.95,
) -> dict[str, Any]:
    """Look for samples that repeat training text word for word.

    Every run of tokens of the samples is looked up in the whole training text by a
    rolling hash (Karp and Rabin 1987), and compared token by token on a hit. One
    pass over the training text a looked-up length; memory does not grow with it.

    Args:
        samples: Token ids of each sample, prompt left out; one dimension each.
        train_tokens: Token ids of the training text; may be memory-mapped.
        config: What counts as a copy.
        confidence: Coverage of the interval.

    Returns:
        JSON-able: ``verbatim_copy_rate``, the share of samples with a copy among
        those long enough to have one (``num_long_enough``), with a Clopper-Pearson
        interval; ``num_copies``; ``longest_copy_tokens``, the longest run of any
        sample in the training text, however short; ``min_copy_tokens``.
    """
    arrays = _arrays(samples)
    length = config.min_copy_tokens
    num_long_enough = sum(len(sample) >= length for sample in arrays)
    runs = Runs(arrays, length, config.seed)
    occurs = np.zeros(runs.num_runs, dtype=np.bool_)
    for _, found in runs.places(train_tokens, everywhere=False):
        occurs[found] = True
    num_copies = len(np.unique(runs.sample_of[occurs[runs.run_of]]))
    rate = proportion(num_copies, num_long_enough, confidence, "clopper_pearson")
    return {
        "verbatim_copy_rate": rate.model_dump(),
        "num_copies": num_copies,
        "num_long_enough": num_long_enough,
        "longest_copy_tokens": longest_copy(arrays, train_tokens, config.seed),
        "min_copy_tokens": length,
    }


def audit_verbatim_copies(
    samples: Sequence[np.ndarray],
    corpus: TrainingCorpus,
    config: LegalityConfig,
    confidence: float = 0.95,
    real: Sequence[np.ndarray] = (),
) -> AuditResult:
    """Look for verbatim copies as :func:`audit_copies` does, and say whose text it is.

    A run may stand in many documents; each of them counts. So a copy is restricted as
    soon as one document that holds it is.

    Args:
        samples: Token ids of each sample, prompt left out; one dimension each.
        corpus: The training text, and where it comes from.
        config: What counts as a copy.
        confidence: Coverage of the intervals.
        real: Token ids of held-out real documents. Real text repeats the training text
            too (licences, set phrases); cut to the samples' lengths, it shows how much
            is usual.

    Returns:
        Scores ``verbatim_copy_rate`` and ``restricted_copy_rate``, shares of the
        samples that are long enough. Facts: ``num_long_enough``, ``num_copies``,
        ``num_windows`` (runs of the samples that stand in the training text: a copy of
        n tokens has n - min_copy_tokens + 1), ``longest_copy_tokens``,
        ``min_copy_tokens``. Tables: ``verbatim_copies_by_origin``, see
        :meth:`taojin.evaluation.audits.origins.Copies.by_origin`, and ``verbatim_copies``,
        one row a sample with its strictest document.

    Raises:
        DataError: If no sample is long enough to hold a copy.
    """
    arrays = _arrays(samples)
    items = [*arrays, *cut_alike(_arrays(real), arrays)]
    runs = Runs(items, config.min_copy_tokens, config.seed)
    num_windows, copies = _copied_documents(runs, corpus, len(items))
    is_long = np.array([len(item) >= config.min_copy_tokens for item in items], bool)
    own = np.arange(len(items)) < len(arrays)
    num_long_enough = int((is_long & own).sum())
    needed = f"{config.min_copy_tokens} tokens"
    require_long_enough("verbatim_copy_rate", num_long_enough, len(arrays), needed)
    generated = copies.only(own[copies.items])
    return AuditResult(
        scores=copies.shares(VERBATIM, is_long, own, confidence),
        facts={
            "num_long_enough": num_long_enough,
            "num_copies": len(np.unique(generated.items)),
            "num_windows": int(num_windows[own].sum()),
            "longest_copy_tokens": longest_copy(arrays, corpus.tokens, config.seed),
            "min_copy_tokens": config.min_copy_tokens,
        },
        tables={
            "verbatim_copies_by_origin": generated.by_origin(
                num_long_enough, confidence
            ),
            "verbatim_copies": _list_copies(generated, num_windows),
        },
    )


def longest_copy(
    samples: Sequence[NDArray[np.int64]], train_tokens: np.ndarray, seed: int = 0
) -> int:
    """Tokens of the longest run of any sample that stands in the training text.

    Searched by halving: a run of n tokens in the training text contains one of n-1.
    """
    low, high = 0, max((len(sample) for sample in samples), default=0)
    while low < high:
        middle = (low + high + 1) // 2
        places = Runs(samples, middle, seed).places(train_tokens, everywhere=False)
        found = any(len(positions) for positions, _ in places)
        low, high = (middle, high) if found else (low, middle - 1)
    return low


def _arrays(samples: Sequence[np.ndarray]) -> list[NDArray[np.int64]]:
    return [np.asarray(sample, dtype=np.int64) for sample in samples]


def _copied_documents(
    runs: Runs, corpus: TrainingCorpus, num_items: int
) -> tuple[NDArray[np.int64], Copies]:
    """Find the documents that hold runs of each item.

    Returns:
        Copied windows of each item, and the pairs of an item and a document.
    """
    holders = [
        np.unique(np.stack([found, corpus.documents_at(positions)]), axis=1)
        for positions, found in runs.places(corpus.tokens, everywhere=True)
    ]
    held = np.concatenate([np.empty((2, 0), np.int64), *holders], axis=1)
    occurs = np.zeros(runs.num_runs, dtype=np.bool_)
    occurs[held[0]] = True
    copied = occurs[runs.run_of]
    num_windows = np.bincount(runs.sample_of[copied], minlength=num_items)
    owners = distinct_pairs(runs.run_of[copied], runs.sample_of[copied])
    items_of_run = Incidence(*owners, runs.num_runs)
    # A run of set phrases may stand in thousands of documents and many samples.
    pairs = (np.empty(0, np.int64), np.empty(0, np.int64))
    for part in np.array_split(held, 1 + held.shape[1] // _PAIRS_AT_ONCE, axis=1):
        documents, items = items_of_run.expand(part[1], part[0])
        more = zip(pairs, (items, documents), strict=True)
        pairs = distinct_pairs(*(np.concatenate(both) for both in more))
    return num_windows, Copies(*pairs, corpus.documents)


def _list_copies(
    copies: Copies, num_windows: NDArray[np.int64]
) -> list[dict[str, Any]]:
    num_documents = np.bincount(copies.items, minlength=1)
    strictest = copies.strictest()
    return [
        {
            "sample": item,
            "num_windows": int(num_windows[item]),
            "num_documents": int(num_documents[item]),
            **row,
        }
        for item, row in zip(strictest.items.tolist(), strictest.rows(), strict=True)
    ]
