"""Encode texts with our tokeniser, many times as fast as its reference does.

The ids are those of Hugging Face ``tokenizers``; a test holds them together. The fast
way is for tokenisers of the shape that :mod:`taojin.features.tokenizer` trains; any
other shape is left to the reference.
"""

import json
from functools import cache
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, normalizers

from taojin.core.text_buffers import text_buffers
from taojin.features.byte_pairs import pieces
from taojin.features.byte_pairs.kernels import Model, Room, encode
from taojin.features.byte_pairs.memo import MEMO_COLUMNS, SPARE
from taojin.features.byte_pairs.merges import PAIR_COLUMNS, SCRATCH_ROWS, fill_pairs
from taojin.features.tokenizer import END_OF_DOCUMENT, load_tokenizer, untrained

_MEMO_SLOTS = 1 << 18
"""16 MiB: room for the words of a language; most lookups stay in the caches."""

_ROOM = 1 << 16
"""Bytes of a text for which there is room at first."""

_LAST_POINT = 0x40000
"""No character from here on is a letter, a digit or white space."""

_SURROGATES = range(0xD800, 0xE000)


class Encoder(Protocol):
    """Texts to token ids."""

    def encode(self, texts: pa.Array) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """Encode a column of texts without nulls (``large_string``).

        Returns:
            The tokens of all texts, the end-of-document token after each; and where
            each text ends among them.
        """
        ...


def encoder_of(tokenizer_json: str) -> Encoder:
    """Return the fastest encoder there is for a tokeniser.

    Raises:
        CorruptArtifactError: If it is not the JSON of one of our tokenisers.
    """
    tokenizer = load_tokenizer(tokenizer_json)
    content = json.loads(tokenizer.to_str())
    if _shape_of(content) == _shape_of(json.loads(untrained().to_str())):
        return BytePairEncoder(content["model"])
    return ReferenceEncoder(tokenizer)


def _shape_of(content: dict[str, Any]) -> dict[str, Any]:
    """Return all that decides how a text is encoded, but for what was learnt."""
    learnt = {"vocab", "merges"}
    model = {name: v for name, v in content["model"].items() if name not in learnt}
    return {**content, "model": model, "added_tokens": None, "version": None}


class ReferenceEncoder:
    """Hugging Face ``tokenizers``; slow, and right by definition."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._end = tokenizer.token_to_id(END_OF_DOCUMENT)

    def encode(self, texts: pa.Array) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """Encode; see :class:`Encoder`."""
        encodings = self._tokenizer.encode_batch_fast(
            texts.to_pylist(), add_special_tokens=False
        )
        bodies = [np.array([*one.ids, self._end], np.uint32) for one in encodings]
        ends = np.cumsum([len(body) for body in bodies], dtype=np.int64)
        return np.concatenate([np.zeros(0, np.uint32), *bodies]), ends


class BytePairEncoder:
    """Compiled kernels with a memo of pieces; not to be shared between threads."""

    def __init__(self, model: dict[str, Any]) -> None:
        """Lay out what was learnt, ``model`` of the JSON, as the kernels read it."""
        vocabulary = model["vocab"]
        merges = np.array(
            [
                (vocabulary[left], vocabulary[right], vocabulary[left + right])
                for left, right in model["merges"]
            ],
            np.uint64,
        ).reshape(-1, 3)
        num_slots = 1 << max(4, (4 * len(merges)).bit_length())
        pairs = np.empty((num_slots, PAIR_COLUMNS), np.uint64)
        fill_pairs(pairs, merges)
        byte_ids = [vocabulary[letter] for letter in _byte_letters()]
        self._model = Model(
            end_id=vocabulary[END_OF_DOCUMENT],
            classes=_character_classes(),
            byte_ids=np.array(byte_ids, np.uint64),
            pairs=pairs,
        )
        self._room = _make_room(_ROOM)
        self._num_memos = 0

    def encode(self, texts: pa.Array) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """Encode; see :class:`Encoder`."""
        data, offsets = text_buffers(texts)
        longest = int(np.max(np.diff(offsets), initial=0))
        if longest > self._room.places.shape[1]:
            self._room = _make_room(longest)
            self._num_memos = 0
        out = np.empty(len(data) + len(texts) + SPARE, np.uint32)
        ends = np.empty(len(texts), np.int64)
        self._num_memos = encode(
            self._model, self._room, self._num_memos, data, offsets, out, ends
        )
        return out[: ends[-1] if len(ends) else 0], ends


def _make_room(num_bytes: int) -> Room:
    """Make room for texts of this length; it takes memory only as it is used."""
    return Room(
        memo=np.zeros((_MEMO_SLOTS, MEMO_COLUMNS), np.uint64),
        scratch=np.empty((SCRATCH_ROWS, num_bytes), np.uint64),
        places=np.empty((2, num_bytes), np.int64),
    )


def _byte_letters() -> list[str]:
    """Return the visible letter that stands for each byte in the vocabulary."""
    own = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in own]
    letters = {byte: chr(byte) for byte in own}
    letters |= {byte: chr(0x100 + number) for number, byte in enumerate(others)}
    return [letters[byte] for byte in range(0x100)]


@cache
def _character_classes() -> NDArray[np.uint8]:
    """Ask the expressions of ``tokenizers`` what each character is.

    Its tables are of another Unicode version than Python's: they differ on thousands
    of letters.
    """
    points = [point for point in range(_LAST_POINT) if point not in _SURROGATES]
    everything = "".join(map(chr, points))
    classes = np.full(0x110000, pieces.OTHER, np.uint8)
    # In this order: the space and line ends are white space first.
    for others, kind in (
        (r"[^\p{L}]", pieces.LETTER),
        (r"[^\p{N}]", pieces.NUMBER),
        (r"\S", pieces.SPACE),
        (r"[^ ]", pieces.BLANK),
        (r"[^\r\n]", pieces.LINE_END),
    ):
        found = normalizers.Replace(Regex(others), "").normalize_str(everything)
        classes[np.frombuffer(found.encode("utf-32-le"), np.uint32)] = kind
    return classes
