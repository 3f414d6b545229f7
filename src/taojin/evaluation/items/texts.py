"""Texts from files of lines, of JSON, or of tables."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from taojin.core.errors import SourceReadError
from taojin.evaluation.items.config import ItemsConfig
from taojin.evaluation.items.item_sets import ItemSet, Rejection
from taojin.media.decoded import EMPTY

TEXT_SUFFIXES = (".jsonl", ".txt", ".parquet", ".json")


class _Found(NamedTuple):
    """What a place in a file holds.

    Attributes:
        id: Of the item, if it has one of its own.
        text: The text; anything else is no text.
        problem: Why it could not be read.
    """

    id: Any
    text: Any
    problem: str = ""


def read_texts(root: Path, paths: list[Path], config: ItemsConfig) -> ItemSet:
    """Read the texts of some files, in their order.

    Args:
        root: Ids are relative to this folder.
        paths: ``.txt`` with a text a line, ``.jsonl`` with an object or a string a
            line, ``.json`` with a list of them, or ``.parquet``.
        config: Names of the fields.

    Raises:
        SourceReadError: If a file is no JSON list, or no table with the fields.
        DataError: If an id is given twice.
    """
    texts: list[str] = []
    ids: list[str] = []
    rejected: list[Rejection] = []
    for path in paths:
        name = path.relative_to(root).as_posix()
        for place, found in enumerate(_found_in(path, config), 1):
            own = f"{name}:{place}" if found.id is None else str(found.id)
            reason, detail = _judge(found, config.text_field)
            if reason:
                rejected.append(Rejection(own, reason, detail))
                continue
            texts.append(found.text)
            ids.append(own)
    return ItemSet("text", texts, tuple(ids), tuple(rejected))


def _judge(found: _Found, field: str) -> tuple[str, str]:
    if found.problem:
        return "unreadable", found.problem[:200]
    if found.text is None:
        return EMPTY, f"{field} is null"
    if not isinstance(found.text, str):
        return "not_text", f"{field} is a {type(found.text).__name__}"
    if not found.text.strip():
        return EMPTY, f"{len(found.text)} characters of white space"
    return "", ""


def _found_in(path: Path, config: ItemsConfig) -> Iterator[_Found]:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return _rows(path, config)
    if suffix == ".json":
        return _elements(path, config)
    return _lines(path, config, is_json=suffix == ".jsonl")


def _lines(path: Path, config: ItemsConfig, *, is_json: bool) -> Iterator[_Found]:
    with path.open("rb") as stream:
        for number, line in enumerate(stream):
            content = line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line
            try:
                text = content.decode("utf-8").rstrip("\r\n")
                if not is_json:
                    yield _Found(None, text)
                elif text.strip():  # a blank line is no record
                    yield _of_json(json.loads(text), config)
            except ValueError as error:  # of UTF-8, or of JSON
                yield _Found(None, None, str(error))


def _elements(path: Path, config: ItemsConfig) -> Iterator[_Found]:
    try:
        content = json.loads(path.read_bytes())
    except ValueError as error:
        message = f"{path} is not JSON: {error}; give a list of objects or of strings"
        raise SourceReadError(message) from error
    if not isinstance(content, list):
        message = (
            f"{path} holds a JSON {type(content).__name__}, and a list of objects or "
            "of strings is needed"
        )
        raise SourceReadError(message)
    for element in content:
        yield _of_json(element, config)


def _of_json(element: Any, config: ItemsConfig) -> _Found:
    if not isinstance(element, dict):
        return _Found(None, element)
    own = None if config.id_field is None else element.get(config.id_field)
    if config.text_field not in element:
        problem = f"there is no {config.text_field!r} among {sorted(element)[:10]}"
        return _Found(own, None, problem)
    return _Found(own, element[config.text_field])


def _rows(path: Path, config: ItemsConfig) -> Iterator[_Found]:
    wanted = [name for name in (config.id_field, config.text_field) if name]
    try:
        with pq.ParquetFile(path) as file:
            missing = set(wanted) - set(file.schema_arrow.names)
            if missing:
                message = (
                    f"{path} has no column {sorted(missing)}; it has "
                    f"{file.schema_arrow.names[:20]}: set text_field and id_field"
                )
                raise SourceReadError(message)
            for batch in file.iter_batches(columns=wanted):
                texts = batch.column(config.text_field).to_pylist()
                names = (
                    batch.column(config.id_field).to_pylist()
                    if config.id_field
                    else [None] * len(texts)
                )
                yield from map(_Found, names, texts)
    except pa.ArrowException as error:
        message = f"{path} is no readable Parquet file: {error!s:.200}"
        raise SourceReadError(message) from error
