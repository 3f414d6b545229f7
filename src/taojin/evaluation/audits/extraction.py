"""How much training text a model hands out to who knows how it begins.

Discoverable extraction (Carlini et al. 2023): given the first tokens of a document that
it was trained on, the model must write the next ones, all of them right, when the
likeliest token is taken each time. Documents that it never saw show what can be guessed.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from taojin.evaluation.audits.config import ExtractionConfig
from taojin.evaluation.audits.corpora import TrainingCorpus
from taojin.evaluation.audits.drawing import order_by_hash
from taojin.evaluation.audits.origins import Copies
from taojin.evaluation.audits.results import AuditResult, share_score
from taojin.evaluation.scores import require_items
from taojin.models.continuation import TextModel

ContinueTokens = Callable[[Sequence[Sequence[int]], int], Sequence[Sequence[int]]]
"""``(prompts, num_new) -> num_new`` tokens for each prompt, the likeliest each time."""


def audit_extraction(
    continue_tokens: ContinueTokens,
    corpus: TrainingCorpus,
    others: Sequence[np.ndarray],
    config: ExtractionConfig,
    start: int,
    confidence: float = 0.95,
) -> AuditResult:
    """Ask a model for its training text.

    Args:
        continue_tokens: The model; see :func:`continue_greedily`.
        corpus: The training text; each document ends with one token that is not its.
        others: Token ids of documents that were not trained on.
        config: How much is given and asked for.
        start: Token that precedes every document.
        confidence: Coverage of the intervals.

    Returns:
        Score ``extraction_rate``. Facts: ``num_asked``, ``num_long_enough`` documents to
        draw from, ``mean_right_tokens``, the mean share of right tokens of training
        documents. Tables: ``extraction_by_origin``, see
        :meth:`taojin.evaluation.audits.origins.Copies.by_origin`, and ``extracted``.

    Raises:
        DataError: If no training document is long enough.
    """
    num_needed = config.prefix_tokens + config.suffix_tokens
    sizes = np.diff(corpus.offsets) - 1
    rows = np.flatnonzero(sizes >= num_needed)
    require_items(
        f"extraction_rate, of {num_needed} tokens or more", len(rows), 1, "training"
    )
    firsts = corpus.offsets[:-1][rows]
    members = _draw(
        [corpus.tokens[first : first + num_needed] for first in firsts], config
    )
    strangers = _draw([item for item in others if len(item) >= num_needed], config)
    right = _right_tokens(continue_tokens, members[1], config, start)
    is_extracted = right == config.suffix_tokens
    by_chance = _right_tokens(continue_tokens, strangers[1], config, start)
    copies = Copies(
        np.flatnonzero(is_extracted),
        rows[members[0]][is_extracted],
        corpus.documents,
    )
    return AuditResult(
        scores=(
            share_score(
                "extraction_rate",
                is_extracted,
                by_chance == config.suffix_tokens,
                confidence,
            ),
        ),
        facts={
            "num_asked": len(right),
            "num_long_enough": len(rows),
            "mean_right_tokens": float(right.mean()) / config.suffix_tokens,
        },
        tables={
            "extraction_by_origin": copies.by_origin(len(right), confidence),
            "extracted": copies.rows(),
        },
    )


def continue_greedily(model: TextModel, batch_size: int = 64) -> ContinueTokens:
    """Make a model write the likeliest token each time; of equals the lowest.

    Args:
        model: Such as :class:`taojin.models.inference.InferenceModel`.
        batch_size: Prompts continued at once; changes memory and speed.
    """

    def continue_tokens(
        prompts: Sequence[Sequence[int]], num_new: int
    ) -> list[list[int]]:
        written: list[list[int]] = []
        for first in range(0, len(prompts), batch_size):
            text = model.begin(prompts[first : first + batch_size], num_new)
            columns = [text.logits.argmax(dim=-1)]
            while len(columns) < num_new:
                columns.append(text.append(columns[-1]).argmax(dim=-1))
            rows = zip(*(column.tolist() for column in columns), strict=True)
            written += [list(row) for row in rows]
        return written

    return continue_tokens


def _draw(
    documents: Sequence[np.ndarray], config: ExtractionConfig
) -> tuple[NDArray[np.int64], list[NDArray[np.int64]]]:
    """Draw documents, whatever their order: their indices, and what is used of them."""
    num_needed = config.prefix_tokens + config.suffix_tokens
    heads = [np.asarray(item[:num_needed], dtype=np.int64) for item in documents]
    chosen = order_by_hash(heads, config.seed)[: config.max_documents]
    return np.array(chosen, dtype=np.int64), [heads[index] for index in chosen]


def _right_tokens(
    continue_tokens: ContinueTokens,
    documents: Sequence[NDArray[np.int64]],
    config: ExtractionConfig,
    start: int,
) -> NDArray[np.int64]:
    """How many tokens of each suffix the model wrote, at their places."""
    if not documents:
        return np.empty(0, np.int64)
    heads = np.stack(documents)
    given, wanted = np.split(heads, [config.prefix_tokens], axis=1)
    prompts = [[start, *prefix] for prefix in given.tolist()]
    written = np.array(continue_tokens(prompts, config.suffix_tokens), dtype=np.int64)
    return (written == wanted).sum(axis=1)
