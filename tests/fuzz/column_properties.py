"""What every batch of texts has to come through: columns in, columns out.

Each property takes a case, texts as bytes, and fails with an ``AssertionError``.
``fuzz`` says how they are run.
"""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from taojin.core.text_buffers import (
    TextBuffers,
    batches,
    read_only,
    text_array,
    text_buffers,
)
from taojin.curation.duplicates.config import MinHashConfig
from taojin.curation.kernels.c4 import SIGNALS as C4_SIGNALS
from taojin.curation.kernels.c4 import clean_c4_lines
from taojin.curation.kernels.measure import COUNT_SIGNALS, measure_texts
from taojin.curation.learned.config import LearnedConfig, NgramModelConfig
from taojin.curation.learned.measure import load_models, measure_learned
from taojin.curation.learned.ngram_model import measure_perplexity, train_on_texts
from taojin.curation.minhash import band_hashes, exact_hashes
from taojin.curation.personal_data.columns import count_personal_data, redact_texts
from taojin.curation.personal_data.redaction import redact
from taojin.curation.repair.texts import RepairConfig, repair, repair_texts

_JUNK = b"\x80\xa8\x85 the\n\xe2\x80"
"""Stands between texts: goes on with, and begins, what is cut off in another text."""

_ROUNDING = 1e-9
_NO_SHARES = frozenset(
    {
        *COUNT_SIGNALS,
        *("mean_word_length", "symbol_to_word_ratio", "gopher_mean_word_length"),
        *("gopher_hash_ratio", "gopher_ellipsis_ratio", "fineweb_newline_ratio"),
        *("rps_doc_mean_word_length", "rps_doc_unigram_entropy"),
        *("rps_doc_symbol_to_word_ratio", "rps_lines_javascript_counts"),
        *("rps_lines_num_words", "cjk_mean_sentence_chars"),
        *("rps_doc_curly_bracket", "rps_doc_lorem_ipsum"),
        # As the references define them, copies that overlap count twice.
        *(f"gopher_share_top_{size}_gram_chars" for size in (2, 3, 4)),
        *(f"rps_doc_frac_chars_top_{size}gram" for size in (2, 3, 4)),
        *(f"cjk_share_top_{size}_gram_chars" for size in (2, 3, 4)),
    }
)

_REPAIR = RepairConfig()
_BY_WORDS = MinHashConfig(unit="word", ngram=3, num_bands=4, num_rows=2)
_BY_CHARACTERS = MinHashConfig(unit="character", num_bands=3, num_rows=3)
_BY_EITHER = MinHashConfig(unit="auto", ngram=1, num_bands=5, num_rows=1)


def buffers_of(texts: Sequence[bytes]) -> TextBuffers:
    """Lay out texts of any bytes as kernels see them."""
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) for text in texts], out=offsets[1:])
    data = np.frombuffer(b"".join(texts), np.uint8)
    return TextBuffers(read_only(data), read_only(offsets))


def column_of(texts: Sequence[bytes]) -> pa.ChunkedArray:
    """Make a column of texts; nothing holds their bytes to UTF-8."""
    return pa.chunked_array([text_array(*buffers_of(texts))])


def bytes_of(column: pa.ChunkedArray | pa.Array) -> list[bytes]:
    """Take a column apart."""
    data, offsets = text_buffers(column)
    content = data.tobytes()
    return [content[start:end] for start, end in pairwise(offsets.tolist())]


def is_utf8(text: bytes) -> bool:
    """Tell UTF-8 from other bytes."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def valid(case: Sequence[bytes]) -> list[str]:
    """The texts of a case, as strings, what is no UTF-8 replaced."""
    return [text.decode("utf-8", "replace") for text in case]


def require_independence(
    rows: Callable[[Sequence[bytes]], list[Any]], case: Sequence[bytes]
) -> list[Any]:
    """Require the same row of a text whatever stands before and after it."""
    together = rows(case)
    assert len(together) == len(case)
    mixed = [piece for text in reversed(case) for piece in (text, _JUNK)]
    others = rows(mixed)[-2::-2]
    for number, (one, other) in enumerate(zip(together, others, strict=True)):
        assert one == other, f"text {number} depends on its neighbours: {one} {other}"
    return together


def check_buffers(case: Sequence[bytes]) -> None:
    """A column has the same texts however it is chunked, sliced and cut in batches."""
    texts = list(case)
    assert bytes_of(column_of(texts)) == texts
    middle = len(texts) // 2
    parts = [column_of(texts[:middle]).chunk(0), column_of(texts[middle:]).chunk(0)]
    whole = pa.chunked_array(parts)
    assert bytes_of(whole) == texts
    assert bytes_of(whole.slice(middle)) == texts[middle:]
    assert bytes_of(column_of(texts).chunk(0).slice(middle)) == texts[middle:]
    found = [text for b in batches(whole, 100) for text in bytes_of(text_array(*b))]
    assert found == texts


def check_measures(case: Sequence[bytes]) -> None:
    """Signals are finite, shares are shares, and each text is measured alone."""
    names = list(measure_texts(column_of([])))

    def rows(texts: Sequence[bytes]) -> list[tuple[float, ...]]:
        measured = measure_texts(column_of(texts))
        assert list(measured) == names
        return list(zip(*(c.tolist() for c in measured.values()), strict=True))

    for text, row in zip(case, require_independence(rows, case), strict=True):
        for name, value in zip(names, row, strict=True):
            assert np.isfinite(value), f"{name} is {value}"
            assert value >= 0, f"{name} is {value}"
            if is_utf8(text) and name not in _NO_SHARES:
                assert value <= 1 + _ROUNDING, f"{name} is {value}"


def check_c4_lines(case: Sequence[bytes]) -> None:
    """Rewritten texts are UTF-8 where texts were, no longer, and measured alike."""

    def rows(texts: Sequence[bytes]) -> list[tuple[Any, ...]]:
        cleaned, signals = clean_c4_lines(column_of(texts))
        columns = [signals[name].tolist() for name in C4_SIGNALS]
        return list(zip(bytes_of(cleaned), *columns, strict=True))

    measured = measure_texts(column_of(case), ["c4"])
    expected = zip(*(measured[name].tolist() for name in C4_SIGNALS), strict=True)
    found = require_independence(rows, case)
    assert [row[1:] for row in found] == list(expected)
    for text, (cleaned, *_) in zip(case, found, strict=True):
        assert len(cleaned) <= len(text)
        assert is_utf8(cleaned) or not is_utf8(text)


def check_copies(case: Sequence[bytes]) -> None:
    """Hashes by which copies are found are those of the text alone."""

    def rows(texts: Sequence[bytes]) -> list[Any]:
        column = column_of(texts)
        columns = [exact_hashes(column).to_pylist()]
        for config in (_BY_WORDS, _BY_CHARACTERS, _BY_EITHER):
            hashes, counts = band_hashes(column, config)
            assert hashes.shape == (len(texts), config.num_bands)
            assert (counts >= 0).all()
            columns += [hashes.tolist(), counts.tolist()]
        return list(zip(*columns, strict=True))

    require_independence(rows, case)


def check_redaction(case: Sequence[bytes]) -> None:
    """The scan misses nothing that the recognisers find, and once is enough."""

    def rows(texts: Sequence[bytes]) -> list[Any]:
        column = column_of(texts)
        redacted, _, counts = redact_texts(column)
        again = count_personal_data(column)
        assert all((counts[kind] == again[kind]).all() for kind in counts)
        columns = [each.tolist() for each in counts.values()]
        return list(zip(bytes_of(redacted), *columns, strict=True))

    found = require_independence(rows, case)
    for text, (redacted, *_) in zip(case, found, strict=True):
        if is_utf8(text):
            assert redacted.decode() == redact(text.decode())[0]
    redacted = [row[0] for row in found]
    assert bytes_of(redact_texts(column_of(redacted))[0]) == redacted


def check_repair(case: Sequence[bytes]) -> None:
    """Repaired texts are those of the rule, and need no further repair."""

    def rows(texts: Sequence[bytes]) -> list[Any]:
        return bytes_of(repair_texts(column_of(texts), _REPAIR)[0])

    found = require_independence(rows, case)
    for text, repaired in zip(case, found, strict=True):
        written = text.decode("utf-8", "replace")
        assert repaired.decode() == repair(written, _REPAIR)
    again, counts = repair_texts(column_of(found), _REPAIR)
    assert bytes_of(again) == found
    assert not any(n for name, n in counts.items() if name != "num_damaged"), counts


def check_learned(case: Sequence[bytes]) -> None:
    """Models tell of every text something finite."""
    models = load_models(LearnedConfig())

    def rows(texts: Sequence[bytes]) -> list[Any]:
        column = column_of(texts)
        columns: list[Any] = list(measure_learned(column, models).values())
        columns.append(measure_perplexity(text_buffers(column), _bytes_model()))
        columns.append(measure_perplexity(text_buffers(column), _bytes_model(), 1024))
        return list(zip(*columns, strict=True))

    for (
        language,
        score,
        bits,
        quality,
        toxicity,
        importance,
        *costs,
    ) in require_independence(rows, case):
        assert isinstance(language, str)
        assert 0 <= score <= 1
        assert 0 <= quality <= 1
        assert 0 <= toxicity <= 1
        assert bits == importance == 0
        assert all(0 <= cost <= 64 for cost in costs), costs


@cache
def _bytes_model() -> Any:
    texts = ["the cat sat on the mat. " * 9, "金金的返回值 " * 7, "a\0b\x7f" * 30]
    return train_on_texts([pa.array(texts)], NgramModelConfig(max_ngrams=256))


COLUMN_PROPERTIES = (
    check_buffers,
    check_measures,
    check_c4_lines,
    check_copies,
    check_redaction,
    check_repair,
    check_learned,
)
