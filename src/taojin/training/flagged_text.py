"""Flagged and ordinary texts for a penalty: from a file, and from curation."""

from collections.abc import Callable, Iterator, Sequence

import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.errors import ConfigurationError, DataError
from taojin.core.fingerprints import hash_text
from taojin.core.shards import Shards
from taojin.core.text_buffers import text_buffers
from taojin.curation.learned.windows import split_passages
from taojin.training.example_files import ExampleFile
from taojin.training.finetuning_tasks import DroppedTextConfig, UnlikelihoodTaskConfig
from taojin.training.semi_supervised.pool import unlabelled_documents

Judge = Callable[[Sequence[str]], NDArray]
"""Truth values, one a text: whether it is flagged."""

COLUMNS = ("prompt", "target", "flagged", "split", "origin")
"""Of the examples; ``origin`` is ``file``, ``dropped`` or ``curated``."""


def no_flagged_examples() -> pd.DataFrame:
    """A table of no examples."""
    table = pd.DataFrame(columns=list(COLUMNS), dtype="str")
    return table.astype({"flagged": bool})


def gather_flagged_examples(
    file: ExampleFile,
    dropped: Shards,
    documents: Shards,
    splits: pd.DataFrame,
    config: UnlikelihoodTaskConfig,
    judge: Judge,
) -> pd.DataFrame:
    """Put together what :func:`taojin.training.unlikelihood.train_against_flagged` takes.

    Args:
        file: With ``target`` and ``flagged`` and perhaps ``prompt``; may be missing if
            the settings take text from dropped documents.
        dropped: Documents with the ``rule`` that dropped each.
        documents: Those that were kept.
        splits: ``document_id`` and ``split`` of exactly these.
        config: Settings.
        judge: Says which passages of dropped documents are harmful; a document is
            dropped for its worst passage, and the rest of it is no better than others.

    Returns:
        The columns of :data:`COLUMNS`.

    Raises:
        DataError: If the file is needed and missing, or is not as it must be; or if
            nothing is flagged.
        ConfigurationError: If none of the rules dropped a document.
    """
    parts: list[pd.DataFrame] = []
    if config.dropped is None or file.is_there:
        rows = file.read(
            {"target": "text", "flagged": "truth"}, config.examples, {"prompt": "text"}
        )
        prompts = rows["prompt"].fillna("") if "prompt" in rows else ""
        parts.append(rows.assign(prompt=prompts, origin="file"))
    if config.dropped is not None:
        flagged = _flagged_passages(dropped, config.dropped, judge)
        kept = unlabelled_documents(
            documents,
            splits,
            (),
            max_documents=config.dropped.max_ordinary,
            max_text_chars=config.dropped.max_chars,
        )
        parts += [
            _as_examples(flagged, "dropped", config),
            _as_examples(list(kept["text"]), "curated", config),
        ]
    table = pd.concat(parts, ignore_index=True).loc[:, list(COLUMNS)]
    if not table["flagged"].any():
        message = (
            f"finetuning.unlikelihood is enabled, and none of {len(table)} texts is "
            f"flagged: write some with flagged true into {file.path}, or name rules in "
            "finetuning.unlikelihood.dropped that dropped harmful documents"
        )
        raise DataError(message)
    return table.astype({"flagged": bool})


def _as_examples(
    texts: Sequence[str], origin: str, config: UnlikelihoodTaskConfig
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "prompt": "",
            "target": list(texts),
            "flagged": origin == "dropped",
            "split": [config.examples.split_of(text) for text in texts],
            "origin": origin,
        }
    )


def _flagged_passages(
    dropped: Shards, config: DroppedTextConfig, judge: Judge
) -> list[str]:
    """Passages that the judge flags, each once, the first in the order of a hash."""
    passages = set[str]()
    seen = set[str]()
    for table in dropped.tables(["text", "rule"]):
        rules = table.column("rule").to_pylist()
        chosen = pa.array([rule in config.rules for rule in rules], pa.bool_())
        seen |= {rule for rule in rules if rule}
        texts = list(_passages(table.filter(chosen).column("text")))
        flags = judge(texts) if texts else []
        passages |= {
            text[: config.max_chars]
            for text, flagged in zip(texts, flags, strict=True)
            if flagged
        }
    if not seen & {*config.rules}:
        message = (
            f"finetuning.unlikelihood.dropped.rules is {list(config.rules)}, and the "
            f"rules that dropped documents are {sorted(seen)[:20]}; name some of them"
        )
        raise ConfigurationError(message)
    ordered = sorted(passages, key=lambda text: hash_text(f"flagged/{text}"))
    return ordered[: config.max_flagged]


def _passages(column: pa.ChunkedArray) -> Iterator[str]:
    texts = text_buffers(column.combine_chunks().cast(pa.large_string()))
    starts, ends, _ = split_passages(texts)
    for start, end in zip(starts, ends, strict=True):
        # A passage is cut between characters.
        passage = bytes(texts.data[start:end]).decode("utf-8").strip()
        if passage:
            yield passage
