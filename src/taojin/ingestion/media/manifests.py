"""Manifests: tables that say of each file what it is.

They are read by the readers of text sources, so that every encoding, delimiter and
broken row is treated as there.
"""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from taojin.core.foreign_text import make_visible
from taojin.core.media_records import MediaSource
from taojin.core.records import FieldMapping, Source
from taojin.ingestion.candidates import Candidate, Item, Refusal
from taojin.ingestion.config import IngestionConfig
from taojin.ingestion.media.config import MediaIngestionConfig
from taojin.ingestion.readers import reader_for
from taojin.ingestion.streams import without_compression

_FIELDS = ("label", "caption", "caption_zh", "speaker", "transcript", "licence")


@dataclass(frozen=True)
class MediaFile:
    """A file to read, with what was said of it before it was opened.

    Attributes:
        item: The file.
        known: ``label``, ``caption`` and so on, of those that are known.
        metadata: Whatever else the manifest says.
    """

    item: Item
    known: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)


def manifest_source(source: MediaSource) -> Source:
    """The manifest of a source as a source of text: its text is a file's path."""
    location = source.manifest or ""
    name = without_compression(location).lower()
    kind = "csv" if name.endswith((".csv", ".tsv")) else "jsonl"
    fields = FieldMapping(text=source.fields.file)
    return Source(name=source.name, kind=kind, location=location, fields=fields)


def join_manifest(
    source: MediaSource,
    items: Sequence[Item],
    manifest: Item | None,
    config: MediaIngestionConfig,
) -> tuple[list[MediaFile], list[Refusal]]:
    """Say of each file what its name, its folder and the manifest say.

    Every file is in one of the two results, and so is every row of the manifest that
    no file belongs to, or that is the second of a file.
    """
    if manifest is None:
        return _named(source, items)
    by_label = {item.label: item for item in items}
    rows: dict[str, Candidate] = {}
    refusals: list[Refusal] = []
    for found in _rows(source, manifest):
        if isinstance(found, Refusal):
            refusals.append(found)
            continue
        refusal = _misfit(found, by_label, rows, manifest)
        if refusal is not None:
            refusals.append(refusal)
        else:
            rows[_path(found.text)] = found
    listed = [item for item in items if item.label in rows]
    others = [item for item in items if item.label not in rows]
    if config.on_unlisted == "reject":
        detail = f"{manifest.label} does not list it"
        refusals += [Refusal("not_listed", detail, item.label) for item in others]
    else:
        listed = list(items)
    files, misnamed = _named(source, listed)
    described = [
        _described(file, rows[file.item.label], source)
        if file.item.label in rows
        else file
        for file in files
    ]
    return described, refusals + misnamed


def _rows(source: MediaSource, manifest: Item) -> Iterator[Candidate | Refusal]:
    table = manifest_source(source)
    yield from reader_for(table.kind)(manifest, table, IngestionConfig())


def _misfit(
    row: Candidate,
    by_label: Mapping[str, Item],
    rows: Mapping[str, Candidate],
    manifest: Item,
) -> Refusal | None:
    """Say why a row describes no file, if it does not."""
    if not isinstance(row.text, str) or not row.text.strip():
        detail = f"the file's path is {row.text!r:.100}"
        return Refusal("bad_field", detail, manifest.label, row.position)
    path = _path(row.text)
    if path not in by_label:
        detail = f"there is no file {path:.150}"
        return Refusal("no_file", detail, manifest.label, row.position)
    if path in rows:
        detail = f"row {rows[path].position} lists {path:.150} already"
        return Refusal("listed_twice", detail, manifest.label, row.position)
    return None


def _path(words: str) -> str:
    return posixpath.normpath(words.strip().replace("\\", "/"))


def _described(file: MediaFile, row: Candidate, source: MediaSource) -> MediaFile:
    values = dict(row.metadata)
    said = {}
    for name in _FIELDS:
        column = getattr(source.fields, name)
        value = values.pop(column, None) if column is not None else None
        if value is not None and (words := make_visible(str(value)).strip()):
            said[name] = words
    return MediaFile(file.item, {**file.known, **said}, {**file.metadata, **values})


def _named(
    source: MediaSource, items: Sequence[Item]
) -> tuple[list[MediaFile], list[Refusal]]:
    """Say of files what their folders and names say."""
    expression = source.name_expression()
    files: list[MediaFile] = []
    refusals: list[Refusal] = []
    for item in items:
        folder, name = posixpath.split(item.label)
        known = {}
        if source.folders_are_labels and folder:
            known["label"] = make_visible(folder.split("/", 1)[0])
        if expression is None:
            files.append(MediaFile(item, known))
            continue
        stem = posixpath.splitext(without_compression(name))[0]
        match = expression.fullmatch(stem)
        if match is None:
            detail = f"the name does not follow {source.name_pattern!r:.100}"
            refusals.append(Refusal("bad_field", detail, item.label))
            continue
        said = {key: make_visible(value) for key, value in match.groupdict().items()}
        known |= {name: said.pop(name) for name in _FIELDS if name in said}
        files.append(MediaFile(item, known, said))
    return files, refusals
