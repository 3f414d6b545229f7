"""What every batch of texts has to come through: words, lines, windows, tokens.

Each property takes a case, texts as bytes, and fails with an ``AssertionError``.
"""

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from column_properties import (
    buffers_of,
    bytes_of,
    is_utf8,
    require_independence,
    valid,
)
from numpy.typing import NDArray

from taojin.core.text_buffers import TextBuffers, text_array
from taojin.curation.kernels.candidates import ALL_FORMS, find_candidate_lines
from taojin.curation.kernels.edits import replace_ranges
from taojin.curation.kernels.lines import (
    cut_ranges,
    equal_ranges,
    find_lines,
    first_in_text,
    hash_ranges,
    line_stops,
)
from taojin.curation.kernels.minhash import split_characters
from taojin.curation.kernels.overlaps import NgramTable, find_overlaps, make_table
from taojin.curation.kernels.plain_words import folded_words, plain_words
from taojin.curation.kernels.simple_words import split_simple_words
from taojin.curation.kernels.simplify import (
    lower,
    lower_texts,
    simplify,
    simplify_texts,
)
from taojin.curation.kernels.windows import hash_windows, link_windows
from taojin.curation.kernels.words import split_words
from taojin.curation.kernels.xxh64 import hash_slices
from taojin.curation.learned.linear import bucket_lists
from taojin.curation.learned.windows import split_passages, spread_windows
from taojin.features.byte_pairs import encoder_of
from taojin.features.byte_pairs.encoder import ReferenceEncoder
from taojin.features.tokenizer import END_OF_DOCUMENT, load_tokenizer, untrained

try:
    import xxhash
except ImportError:  # an oracle, of an extra
    xxhash = None


def per_text(offsets: NDArray[np.int64], *columns: Any) -> list[list[Any]]:
    """Cut columns into those of each text."""
    lists = [column.tolist() for column in columns]
    assert all(len(column) == offsets[-1] for column in lists)
    return [
        [column[first:last] for column in lists]
        for first, last in pairwise(offsets.tolist())
    ]


def require_offsets(offsets: NDArray[np.int64], num_texts: int) -> None:
    """Require offsets of so many texts, which start at zero and never go back."""
    assert len(offsets) == num_texts + 1
    assert offsets[0] == 0
    assert (np.diff(offsets) >= 0).all()


def require_spans(
    texts: TextBuffers, offsets: Any, starts: Any, ends: Any, least: int = 1
) -> None:
    """Require spans in order, each within its text, of some bytes at least."""
    require_offsets(offsets, texts.num_texts)
    owners = np.repeat(np.arange(texts.num_texts), np.diff(offsets))
    assert (starts >= texts.offsets[owners]).all()
    assert (ends <= texts.offsets[owners + 1]).all()
    assert (ends - starts >= least).all()
    assert (starts[1:] >= ends[:-1]).all()


def check_words(case: Sequence[bytes]) -> None:
    """Words lie in their texts, in order; equal ones have equal hashes."""
    spelled: dict[int, bytes] = {}

    def rows(texts: Sequence[bytes]) -> list[Any]:
        buffers = buffers_of(texts)
        words = split_words(*buffers)
        require_spans(buffers, words.offsets, words.starts, words.ends)
        assert (words.chars >= 0).all()
        assert (words.chars <= words.ends - words.starts).all()
        assert (words.flags < 64).all()
        owners = np.repeat(buffers.offsets[:-1], np.diff(words.offsets))
        content = buffers.data.tobytes()
        for h, s, e in zip(words.hashes, words.starts, words.ends, strict=True):
            assert spelled.setdefault(int(h), content[s:e]) == content[s:e]
        columns = (words.starts - owners, words.ends - owners, *words[3:])
        return per_text(words.offsets, *columns)

    require_independence(rows, case)
    assert len(set(spelled.values())) == len(spelled), "one word, two hashes"


def check_simplified(case: Sequence[bytes]) -> None:
    """Simplified texts are those of the rule in Python; their words those of all."""
    for fold, rule in ((simplify_texts, simplify), (lower_texts, lower)):

        def rows(texts: Sequence[bytes], fold: Any = fold) -> list[bytes]:
            folded = fold(buffers_of(texts))
            require_offsets(folded.offsets, len(texts))
            return bytes_of(text_array(*folded))

        for text, folded in zip(case, require_independence(rows, case), strict=True):
            if is_utf8(text):
                assert folded.decode() == rule(text.decode())


def check_simple_words(case: Sequence[bytes]) -> None:
    """Words of simplified texts are those of the words of any text."""
    simple = simplify_texts(buffers_of([text.encode() for text in valid(case)]))
    units, words = split_simple_words(simple), split_words(*simple)
    require_offsets(units.offsets, len(case))
    assert (units.offsets == words.offsets).all()
    joined, content = units.data.tobytes(), simple.data.tobytes()
    spans = zip(units.starts, units.ends, words.starts, words.ends, strict=True)
    for start, end, first, last in spans:
        assert joined[start:end] == content[first:last]
    raw = buffers_of(case)
    for units in (split_simple_words(raw), split_characters(*raw)):
        require_offsets(units.offsets, len(case))
        assert (units.ends > units.starts).all()
        assert (units.starts[1:] >= units.ends[:-1]).all()
        assert not len(units.ends) or units.ends[-1] <= len(units.data)


def check_hashes(case: Sequence[bytes]) -> None:
    """XXH64 is XXH64, wherever in memory a text stands."""
    for seed in (0, 1, 2**64 - 1):

        def rows(texts: Sequence[bytes], seed: int = seed) -> list[int]:
            return hash_slices(*buffers_of(texts), np.uint64(seed)).tolist()

        found = require_independence(rows, case)
        if xxhash:
            assert found == [xxhash.xxh64_intdigest(text, seed) for text in case]


def check_candidate_lines(case: Sequence[bytes]) -> None:
    """Candidates are whole lines, in order, with a sign each."""
    buffers = buffers_of(case)
    content = buffers.data.tobytes()
    found = find_candidate_lines(*buffers)
    for forms in (1, 2, 64, 256):
        some = find_candidate_lines(*buffers, forms)
        chosen = found.forms & forms > 0
        assert some.starts.tolist() == found.starts[chosen].tolist()
    assert (np.diff(found.starts) > 0).all()
    assert ((found.forms > 0) & (found.forms <= ALL_FORMS)).all()
    for document, start, end, _ in zip(*(c.tolist() for c in found), strict=True):
        first, last = buffers.offsets[document : document + 2]
        assert first <= start < end <= last
        assert b"\n" not in content[start:end]
        assert start == first or content[start - 1] == 0x0A
        assert end == last or content[end] == 0x0A


def check_edits(case: Sequence[bytes]) -> None:
    """Ranges are replaced, and nothing else."""
    texts = buffers_of(case)
    ranges: list[tuple[int, int]] = []
    replacements: list[bytes] = []
    expected: list[bytes] = []
    for text, offset in zip(case, texts.offsets.tolist(), strict=False):
        for match in re.finditer(rb"[\x80-\xff]+|\s+", text):
            ranges.append((offset + match.start(), offset + match.end()))
            replacements.append(bytes([match.end() % 128]) * (match.start() % 5))
        expected.append(
            re.sub(
                rb"[\x80-\xff]+|\s+",
                lambda m: bytes([m.end() % 128]) * (m.start() % 5),
                text,
            )
        )
    assert bytes_of(replace_ranges(*texts, ranges, replacements)) == expected


def check_lines(case: Sequence[bytes]) -> None:
    """Lines are those of the line feeds; what is cut is gone, and nothing else."""
    texts = buffers_of(case)
    lines = find_lines(texts)
    require_spans(texts, lines.offsets, lines.starts, lines.ends, least=0)
    stops = line_stops(texts, lines)
    content = texts.data.tobytes()
    found = [content[a:b] for a, b in zip(lines.begins, stops, strict=True)]
    assert found == [
        line for text in case for line in re.findall(rb"[^\n]*\n|[^\n]+", text)
    ]
    keys, checks = hash_ranges(texts, lines.begins, stops)
    pairs = dict(
        zip(zip(keys.tolist(), checks.tolist(), strict=True), found, strict=True)
    )
    assert len(pairs) == len(set(found))
    first = first_in_text(keys, lines.offsets)
    expected = [
        line not in own[:index]
        for a, b in pairwise(lines.offsets.tolist())
        for own in [found[a:b][:500]]
        for index, line in enumerate(own)
    ]
    kept = np.concatenate(
        [np.zeros(0, np.bool_)]
        + [first[a:b][:500] for a, b in pairwise(lines.offsets.tolist())]
    )
    assert kept.tolist() == expected
    others = buffers_of(found)
    same = equal_ranges(texts, (lines.begins, stops), others, np.arange(len(found)))
    assert same.all()
    turned = np.arange(len(found))[::-1].copy()
    same = equal_ranges(texts, (lines.begins, stops), others, turned)
    assert same.tolist() == [a == b for a, b in zip(found, found[::-1], strict=True)]
    cut = cut_ranges(texts, lines.begins[~first], stops[~first])
    require_offsets(cut.offsets, texts.num_texts)
    for text, left, (a, b) in zip(
        case, bytes_of(text_array(*cut)), pairwise(lines.offsets.tolist()), strict=True
    ):
        unique = b"".join(
            line
            for line, is_first in zip(found[a:b], first[a:b], strict=True)
            if is_first
        )
        is_ragged = first[a:b].all() or text.endswith(b"\n")
        assert left == (unique if is_ragged else unique.rstrip(b"\n"))


def check_plain_words(case: Sequence[bytes]) -> None:
    """Plain words lie in their texts, and so do windows of them."""

    def rows(texts: Sequence[bytes]) -> list[Any]:
        buffers = buffers_of(texts)
        words = plain_words(buffers)
        require_spans(buffers, words.offsets, words.starts, words.ends)
        characters, offsets = folded_words(buffers, words)
        require_offsets(offsets, len(words.starts))
        assert offsets[-1] == len(characters)
        owners = np.repeat(buffers.offsets[:-1], np.diff(words.offsets))
        columns = (words.starts - owners, words.ends - owners, words.hashes)
        alone = words.alone.tolist()
        return list(zip(per_text(words.offsets, *columns), alone, strict=True))

    require_independence(rows, case)
    words = plain_words(buffers_of(case))
    for size in (1, 3, 13):
        keys, firsts = hash_windows(words.hashes, words.offsets, size)
        counts = np.maximum(np.diff(words.offsets) - size + 1, 0)
        assert len(keys) == counts.sum()
        assert (np.diff(firsts) > 0).all()
        order = np.lexsort((firsts, keys))
        ordered, starts = keys[order], firsts[order]
        near_firsts, links = link_windows(ordered, starts, size)
        by_start = dict(zip(starts.tolist(), ordered.tolist(), strict=True))
        for key, own, one, two in zip(
            ordered.tolist(),
            starts.tolist(),
            near_firsts.tolist(),
            links.tolist(),
            strict=True,
        ):
            assert by_start[one] == by_start[two] == key
            assert one <= two <= own


def check_overlaps(case: Sequence[bytes]) -> None:
    """All n-grams of a table are found in the texts that it was made of."""
    words = plain_words(buffers_of(case))
    table, num_groups = _table(words), len(case)
    num_with = np.zeros(len(table.keys), np.int64)
    found = find_overlaps(words, table, num_groups, num_with)
    pairs = set(zip(found.texts.tolist(), found.groups.tolist(), strict=True))
    assert len(pairs) == len(found.texts)
    assert (num_with >= 1).all()
    assert (found.counts >= 1).all()
    assert (found.starts >= words.offsets[found.texts]).all()
    assert (found.ends <= words.offsets[found.texts + 1]).all()
    assert (found.starts < found.ends).all()
    for text in np.flatnonzero(np.isin(np.arange(num_groups), table.groups)).tolist():
        assert (text, text) in pairs


def _table(words: Any) -> NgramTable:
    columns: list[list[NDArray[Any]]] = []
    for size in (2, 5):
        keys, starts = hash_windows(words.hashes, words.offsets, size)
        groups = np.searchsorted(words.offsets, starts, side="right") - 1
        chosen = slice(None, 400)  # a table of one kind of n-gram a set stays small
        columns.append(
            [
                keys[chosen],
                groups[chosen],
                starts[chosen],
                np.full_like(starts, size)[chosen],
            ]
        )
    keys, groups, starts, sizes = (
        np.concatenate(c) for c in zip(*columns, strict=True)
    )
    return make_table(keys, groups, (starts, sizes), words.hashes)


def check_features(case: Sequence[bytes]) -> None:
    """Windows and passages lie in their texts, and every n-gram in its bucket."""
    texts = buffers_of(case)
    for windows in (spread_windows(texts, 64), split_passages(texts)):
        assert (windows.starts >= texts.offsets[windows.owners]).all()
        assert (windows.ends <= texts.offsets[windows.owners + 1]).all()
        assert (windows.starts <= windows.ends).all()
        for kind in ("chars", "words"):
            buckets, offsets = bucket_lists(texts, windows, kind, 12)
            require_offsets(offsets, len(windows.starts))
            assert offsets[-1] == len(buckets)
            assert ((buckets >= 0) & (buckets < 1 << 12)).all()


def check_tokens(case: Sequence[bytes]) -> None:
    """Tokens of texts are those of the reference, and spell any bytes."""
    fast, reference, spelled = _encoders()
    column = text_array(*buffers_of(case))
    tokens, ends = fast.encode(column)
    require_offsets(np.append([0], ends), len(case))
    for text, (first, last) in zip(case, pairwise([0, *ends.tolist()]), strict=True):
        body = tokens[first : last - 1].tolist()
        assert b"".join(spelled[token] for token in body) == text
        assert tokens[last - 1] == reference._end
    strings = pa.array(valid(case), pa.large_string())
    for ours, theirs in zip(
        fast.encode(strings), reference.encode(strings), strict=True
    ):
        assert ours.tolist() == theirs.tolist()


@cache
def _encoders() -> tuple[Any, ReferenceEncoder, dict[int, bytes]]:
    """Encoders whose merges compete for the same letters, and what tokens spell."""
    content = json.loads(untrained().to_str())
    letters = list(_letters())
    vocabulary = {letter: number for number, (letter, _) in enumerate(letters)}
    spelled = {number: bytes([byte]) for number, (_, byte) in enumerate(letters)}
    merges: list[list[str]] = []
    by_byte = {byte: letter for letter, byte in letters}
    for piece in (b"ab", b"aa", b"aaa", b"aab", b" a", b"th", b"the", b" the", b"\n\n",
                  b"aaaa", b"\xe9\x87\x91", b"\xe9\x87", b"\r\n", b"  ", b"    "):  # fmt: skip
        for cut in range(1, len(piece)):
            left, right = (
                "".join(by_byte[byte] for byte in part)
                for part in (piece[:cut], piece[cut:])
            )
            if left in vocabulary and right in vocabulary:
                merges.append([left, right])
                if left + right not in vocabulary:
                    spelled[len(vocabulary)] = piece
                    vocabulary[left + right] = len(vocabulary)
    vocabulary[END_OF_DOCUMENT] = len(vocabulary)
    content["model"]["vocab"], content["model"]["merges"] = vocabulary, merges
    for token in content["added_tokens"]:
        token["id"] = vocabulary[token["content"]]
    written = json.dumps(content)
    return encoder_of(written), ReferenceEncoder(load_tokenizer(written)), spelled


def _letters() -> Iterator[tuple[str, int]]:
    """The visible letters of byte-level encoding, and the bytes that they stand for."""
    own = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    number = 0x100
    for byte in range(0x100):
        if byte in own:
            yield chr(byte), byte
        else:
            yield chr(number), byte
            number += 1


KERNEL_PROPERTIES = (
    check_words,
    check_simplified,
    check_simple_words,
    check_hashes,
    check_candidate_lines,
    check_edits,
    check_lines,
    check_plain_words,
    check_overlaps,
    check_features,
    check_tokens,
)
