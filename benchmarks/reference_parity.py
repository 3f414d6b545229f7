"""Compare decisions over our signals with datatrove's filters, document by document.

Every filter judges every document alone, at its default thresholds. Prints, for each
filter, how many decisions differ, by which rule, and how many reasons; for C4 also how
many rewritten texts. Needs datatrove and spaCy.

    python benchmarks/reference_parity.py data/02_intermediate/raw_documents/*.parquet
"""

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from datatrove.data import Document
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.pipeline.filters.base_filter import BaseFilter

from taojin.curation.kernels.c4 import clean_c4_lines
from taojin.curation.kernels.measure import measure_texts


class Rule(NamedTuple):
    """A threshold over a signal, and the reference's name for what breaks it."""

    reason: str
    signal: str
    at_least: float = -np.inf
    at_most: float = np.inf


FILTERS: dict[str, tuple[type[BaseFilter], tuple[Rule, ...]]] = {
    "gopher_quality": (
        GopherQualityFilter,
        (
            Rule("gopher_short_doc", "gopher_num_words", at_least=50),
            Rule("gopher_long_doc", "gopher_num_words", at_most=100_000),
            Rule("gopher_below_avg_threshold", "gopher_mean_word_length", at_least=3),
            Rule("gopher_above_avg_threshold", "gopher_mean_word_length", at_most=10),
            Rule("gopher_too_many_hashes", "gopher_hash_ratio", at_most=0.1),
            Rule("gopher_too_many_ellipsis", "gopher_ellipsis_ratio", at_most=0.1),
            Rule("gopher_too_many_bullets", "gopher_share_bullet_lines", at_most=0.9),
            Rule(
                "gopher_too_many_end_ellipsis",
                "gopher_share_ellipsis_lines",
                at_most=0.3,
            ),
            Rule(
                "gopher_below_alpha_threshold",
                "gopher_share_alphabetic_words",
                at_least=0.8,
            ),
            Rule("gopher_enough_stop_words", "gopher_num_stop_words", at_least=2),
        ),
    ),
    "gopher_repetition": (
        GopherRepetitionFilter,
        (
            Rule("empty", "num_chars", at_least=1),
            Rule("dup_para_frac", "gopher_share_duplicate_paragraphs", at_most=0.3),
            Rule(
                "dup_para_char_frac",
                "gopher_share_duplicate_paragraph_chars",
                at_most=0.2,
            ),
            Rule("dup_line_frac", "gopher_share_duplicate_lines", at_most=0.3),
            Rule(
                "dup_line_char_frac", "gopher_share_duplicate_line_chars", at_most=0.2
            ),
            *(
                Rule(f"top_{n}_gram", f"gopher_share_top_{n}_gram_chars", at_most=most)
                for n, most in ((2, 0.2), (3, 0.18), (4, 0.16))
            ),
            *(
                Rule(
                    f"duplicated_{n}_n_grams",
                    f"gopher_share_duplicate_{n}_gram_chars",
                    at_most=most,
                )
                for n, most in (
                    (5, 0.15),
                    (6, 0.14),
                    (7, 0.13),
                    (8, 0.12),
                    (9, 0.11),
                    (10, 0.10),
                )
            ),
        ),
    ),
    "c4_quality": (
        C4QualityFilter,
        (
            Rule("lorem_ipsum", "c4_num_lorem_ipsum", at_most=0),
            Rule("curly_bracket", "c4_num_curly_brackets", at_most=0),
            Rule("too_few_sentences", "c4_num_sentences", at_least=5),
        ),
    ),
    "fineweb_quality": (
        FineWebQualityFilter,
        (
            Rule("empty", "num_words", at_least=1),
            Rule("line_punct_ratio", "fineweb_share_terminal_lines", at_least=0.12),
            Rule("short_line_ratio", "fineweb_share_short_lines", at_most=0.67),
            Rule("char_dup_ratio", "fineweb_share_duplicate_line_chars", at_most=0.01),
            Rule("list_ratio", "fineweb_newline_ratio", at_most=0.3),
        ),
    ),
}
FAMILIES = ("general", "gopher", "c4", "fineweb")


class Difference(NamedTuple):
    """A document that two implementations judge differently; None stands for kept."""

    filter: str
    row: int
    ours: str | None
    theirs: str | None

    @property
    def is_decision(self) -> bool:
        """Whether one keeps what the other drops."""
        return (self.ours is None) != (self.theirs is None)


def main() -> None:
    """Compare the texts of Parquet files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--column", default="text")
    parser.add_argument("--limit", type=int, default=None, help="documents a file")
    parser.add_argument("--examples", type=int, default=3)
    arguments = parser.parse_args()
    totals: Counter[str] = Counter()
    for file in arguments.files:
        table = pq.read_table(file, columns=[arguments.column])
        texts = table[arguments.column].slice(0, arguments.limit).to_pylist()
        differences, rewritten = compare(texts)
        totals["documents"] += len(texts)
        totals["C4 texts"] += rewritten
        for difference in differences:
            kind = "decisions" if difference.is_decision else "reasons"
            totals[f"{difference.filter}: {kind}"] += 1
            totals[f"  {difference.theirs} there, {difference.ours} here"] += 1
        for difference in differences[: arguments.examples]:
            print(file, difference, repr(texts[difference.row])[:300])
        print(f"{file.name}: {len(texts):,} documents, {len(differences)} differences")
    for name, count in totals.items():
        print(f"{count:>9,}  {name}")


def compare(texts: Sequence[str]) -> tuple[list[Difference], int]:
    """Judge texts by our signals and by the reference.

    Returns:
        Where they differ, in decision or in reason, and how many texts C4's line rules
        rewrite differently.
    """
    column = pa.chunked_array([pa.array(texts, pa.large_string())])
    signals = measure_texts(column, FAMILIES)
    cleaned = clean_c4_lines(column)[0].to_pylist()
    differences, num_rewritten = [], 0
    for name, (reference, rules) in FILTERS.items():
        ours = judge(rules, signals)
        judged = reference()
        for row, text in enumerate(texts):
            document = Document(text=text, id="")
            theirs = reason_of(judged, document)
            if ours[row] != theirs:
                differences.append(Difference(name, row, ours[row], theirs))
            if reference is C4QualityFilter and theirs is None:
                num_rewritten += document.text != cleaned[row]
    return differences, num_rewritten


def judge(rules: Sequence[Rule], signals: dict[str, np.ndarray]) -> list[str | None]:
    """Name the first rule that each document breaks; None if it breaks none."""
    num_documents = len(next(iter(signals.values())))
    reasons: list[str | None] = [None] * num_documents
    for rule in reversed(rules):
        values = signals[rule.signal]
        for row in np.flatnonzero((values < rule.at_least) | (values > rule.at_most)):
            reasons[row] = rule.reason
    return reasons


def reason_of(reference: BaseFilter, document: Document) -> str | None:
    """Let the reference judge; an error of its own is its reason."""
    try:
        verdict = reference.filter(document)
    except Exception as error:  # noqa: BLE001  # whatever it is, we report it
        return f"{type(error).__name__}: {error}"
    if verdict is True:
        return None
    return verdict[1] if isinstance(verdict, tuple) else "dropped"


if __name__ == "__main__":
    started = time.process_time()
    main()
    print(f"{time.process_time() - started:.0f} CPU seconds")
