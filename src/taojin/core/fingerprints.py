"""Content hashes: the identity of configurations, files and artifacts."""

import dataclasses
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel

DIGEST_BYTES = 16
"""128 bits: a chance collision among 10^12 items is about 10^-15."""

_READ_BYTES = 1 << 20


def hash_bytes(content: bytes) -> str:
    """Hash bytes with BLAKE2b; 32 hexadecimal characters."""
    return hashlib.blake2b(content, digest_size=DIGEST_BYTES).hexdigest()


def hash_text(text: str) -> str:
    """Hash the UTF-8 bytes of a text; lone surrogates are kept distinct."""
    return hash_bytes(text.encode("utf-8", errors="surrogatepass"))


def hash_file(path: str | Path) -> str:
    """Hash the content of a file, reading it in blocks."""
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    with Path(path).open("rb") as stream:
        while block := stream.read(_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


def hash_tree(root: str | Path) -> str:
    """Hash a folder: the relative names and contents of all files in it."""
    base = Path(root)
    files = sorted(path for path in base.rglob("*") if path.is_file())
    return fingerprint_of(
        [(path.relative_to(base).as_posix(), hash_file(path)) for path in files]
    )


def fingerprint_of(*parts: Any) -> str:
    """Hash plain values, configurations and collections of them.

    The result depends on content alone: mapping order does not matter, list
    order does.

    Raises:
        TypeError: If a part has no canonical JSON form.
    """
    canonical = json.dumps(
        parts, sort_keys=True, ensure_ascii=True, default=_plain, allow_nan=True
    )
    return hash_bytes(canonical.encode("ascii"))


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump()  # not as JSON: that would fix the order of sets
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, Path):
        return value.as_posix()
    if isinstance(value, set | frozenset):
        return sorted(cast("Iterable[Any]", value))
    if isinstance(value, Iterable):
        return list(cast("Iterable[Any]", value))
    message = f"cannot fingerprint a {type(value).__name__}: {value!r:.80}"
    raise TypeError(message)
