"""The table of signals: one row a document, one column a measurement."""

import pyarrow as pa

from taojin.curation.personal_data import KINDS

NGRAM_SIZES_TOP = (2, 3, 4)
NGRAM_SIZES_DUPLICATE = (5, 6, 7, 8, 9, 10)

COUNT_SIGNALS = (
    "num_bytes",
    "num_chars",
    "num_words",
    "num_lines",
    "num_paragraphs",
    "num_stop_words",
    "num_sentence_ends",
    "num_licence_phrases",
    "num_shingles",
    *(f"num_{kind}" for kind in KINDS),
)

RATIO_SIGNALS = (
    "mean_word_length",
    "symbol_to_word_ratio",
    "share_alphabetic_words",
    "share_function_words",
    "share_unique_words",
    "share_bullet_lines",
    "share_ellipsis_lines",
    "share_doctest_lines",
    "share_letter_chars",
    "share_digit_chars",
    "share_upper_chars",
    "share_non_ascii_chars",
    "share_duplicate_lines",
    "share_duplicate_line_chars",
    "share_duplicate_paragraphs",
    "share_duplicate_paragraph_chars",
    *(f"share_top_{size}_gram_chars" for size in NGRAM_SIZES_TOP),
    *(f"share_duplicate_{size}_gram_chars" for size in NGRAM_SIZES_DUPLICATE),
    "language_score",
)

SIGNAL_NAMES = COUNT_SIGNALS + RATIO_SIGNALS
"""What a rule may put a threshold on."""


def signal_schema(num_bands: int) -> pa.Schema:
    """Make the schema of the table.

    * ``language``: BCP 47 tag that was measured; ``und`` where nothing tells.
    * ``exact_hash``: of the text in lower case with single spaces.
    * ``band_hashes``: one MinHash band each; meaningless if ``num_shingles`` is 0.
    * Shares are in [0, 1] and 0 where there is nothing to take a share of.
    """
    return pa.schema(
        [
            pa.field("document_id", pa.string(), nullable=False),
            pa.field("source", pa.string(), nullable=False),
            pa.field("licence", pa.string()),
            pa.field("language", pa.string(), nullable=False),
            *(pa.field(name, pa.int64(), nullable=False) for name in COUNT_SIGNALS),
            *(pa.field(name, pa.float64(), nullable=False) for name in RATIO_SIGNALS),
            pa.field("exact_hash", pa.string(), nullable=False),
            pa.field("band_hashes", pa.list_(pa.uint64(), num_bands), nullable=False),
        ]
    )
