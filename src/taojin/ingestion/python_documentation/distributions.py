"""The installed distributions: their names, versions, licences and modules."""

import csv
import importlib.metadata
import platform
import re
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from pathlib import Path, PurePosixPath
from typing import cast

from taojin.core.errors import SourceReadError
from taojin.core.fingerprints import fingerprint_of, hash_text
from taojin.core.records import Source
from taojin.ingestion.candidates import Item
from taojin.ingestion.config import PythonDocumentationConfig

STANDARD_LIBRARY = "python"
"""Name under which the standard library stands among the distributions."""

_STANDARD_LIBRARY_LICENCE = "PSF-2.0"
_THIS_PROJECT = "taojin"  # a corpus must not change with every edit of its reader
_SHORT_LICENCE_CHARS = 100
_MODULE_SIZE = re.compile(r"\.py,[^,]*,(\d+)$", re.MULTILINE)
_TEXT_SHARE = 0.1
"""Docstrings a byte of source, about: good enough to deal out work by."""


@dataclass(frozen=True)
class Distribution:
    """An installed distribution, or the standard library.

    Attributes:
        name: As its metadata spells it.
        version: Its version.
        licence: What its metadata declares, verbatim; None if nothing.
        description: Its long description (README); empty if it has none.
        description_type: Content type of the description; None if undeclared.
        root: Folder that ``modules`` are relative to.
        modules: Its Python files, in the order to read them.
    """

    name: str
    version: str
    licence: str | None
    description: str
    description_type: str | None
    root: Path
    modules: tuple[PurePosixPath, ...]

    @property
    def label(self) -> str:
        """Name and version, as in the names of archives."""
        return f"{self.name}-{self.version}"


def list_distributions(
    source: Source, config: PythonDocumentationConfig
) -> tuple[Item, ...]:
    """List the distributions to read, in the order of their normalised names.

    Raises:
        SourceReadError: If a distribution named in the configuration is not installed.
    """
    installed = _installed()
    names = sorted({*installed, STANDARD_LIBRARY})
    if config.distributions is not None:
        wanted = {_normalise(name) for name in config.distributions}
        missing = sorted(wanted.difference(names))
        if missing:
            message = (
                f"source {source.name}: not installed: {', '.join(missing[:10])}; "
                "correct ingestion.python_documentation.distributions or install them"
            )
            raise SourceReadError(message)
        names = sorted(wanted)
    return tuple(
        _standard_library_item(config)
        if name == STANDARD_LIBRARY
        else _item(installed[name], config)
        for name in names
    )


def open_distribution(name: str, skipped_folders: frozenset[str]) -> Distribution:
    """Read the metadata of one distribution.

    Raises:
        SourceReadError: If it is not installed (any more).
    """
    if name == STANDARD_LIBRARY:
        return _standard_library(skipped_folders)
    try:
        found = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError as error:
        message = f"distribution {name} was uninstalled since the inventory was taken"
        raise SourceReadError(message) from error
    paths = _listed_files(found)
    return Distribution(
        name=_name_of(found) or name,
        version=found.version,
        licence=_declared_licence(found),
        description=_description(found),
        description_type=_headers(found).get("Description-Content-Type"),
        root=Path(str(found.locate_file(""))),
        modules=_modules(paths, skipped_folders),
    )


def _installed() -> dict[str, importlib.metadata.Distribution]:
    """Distributions by normalised name; the first on the path wins, as at import."""
    found: dict[str, importlib.metadata.Distribution] = {}
    for distribution in importlib.metadata.distributions():
        name = _name_of(distribution)
        if name and _normalise(name) != _THIS_PROJECT:
            found.setdefault(_normalise(name), distribution)
    return found


def _listed_files(distribution: importlib.metadata.Distribution) -> list[PurePosixPath]:
    """List what was installed, whether it is still there or not.

    ``Distribution.files`` leaves absent files out from Python 3.12 on, and before it
    wherever the package ``importlib_metadata`` has been imported.
    """
    record = distribution.read_text("RECORD")
    if record is None:  # installed the old way
        return [PurePosixPath(file) for file in distribution.files or ()]
    return [PurePosixPath(row[0]) for row in csv.reader(record.splitlines()) if row]


def _name_of(distribution: importlib.metadata.Distribution) -> str | None:
    # A half-removed distribution leaves a folder without metadata.
    return distribution.metadata["Name"] if distribution.metadata else None


def _headers(distribution: importlib.metadata.Distribution) -> Message:
    # The protocol that importlib promises lacks get(); the object has always had it.
    return cast(Message, distribution.metadata)


def _normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _item(
    distribution: importlib.metadata.Distribution, config: PythonDocumentationConfig
) -> Item:
    name = _name_of(distribution) or ""
    record = distribution.read_text("RECORD") or ""
    num_bytes = sum(int(size) for size in _MODULE_SIZE.findall(record))
    return Item(
        path=_normalise(name),
        label=f"{name}-{distribution.version}",
        size=min(
            int(num_bytes * _TEXT_SHARE) + len(_description(distribution)),
            config.max_bytes_per_distribution,
        ),
        # RECORD lists the hash of every installed file.
        identity=hash_text(record or distribution.version),
    )


def _standard_library_item(config: PythonDocumentationConfig) -> Item:
    version = platform.python_version()
    identity = fingerprint_of(version, platform.python_build())
    return Item(
        path=STANDARD_LIBRARY,
        label=f"{STANDARD_LIBRARY}-{version}",
        size=config.max_bytes_per_distribution,
        identity=identity,
    )


def _standard_library(skipped_folders: frozenset[str]) -> Distribution:
    root = Path(sysconfig.get_path("stdlib"))
    found = (PurePosixPath(path.relative_to(root)) for path in root.rglob("*.py"))
    paths = [path for path in found if path.parts[0] != "site-packages"]
    return Distribution(
        name=STANDARD_LIBRARY,
        version=platform.python_version(),
        licence=_STANDARD_LIBRARY_LICENCE,
        description="",
        description_type=None,
        root=root,
        modules=_modules(paths, skipped_folders),
    )


def _modules(
    paths: Iterable[PurePosixPath], skipped_folders: frozenset[str]
) -> tuple[PurePosixPath, ...]:
    """Choose modules and put them in an order that is fixed and tells nothing.

    In the order of names a limit on a distribution would cut off everything after
    the letter it falls on; in the order of hashes it takes a cross-section.
    """
    wanted = (
        path
        for path in paths
        if path.suffix == ".py"
        and not path.is_absolute()
        and ".." not in path.parts
        and skipped_folders.isdisjoint(path.parts[:-1])
    )
    return tuple(sorted(wanted, key=lambda path: hash_text(path.as_posix())))


def _declared_licence(distribution: importlib.metadata.Distribution) -> str | None:
    """Return the licence as declared: expression, short name, classifiers or text."""
    metadata = _headers(distribution)
    expression = (metadata.get("License-Expression") or "").strip()
    stated = (metadata.get("License") or "").strip()
    if stated.upper() == "UNKNOWN":
        stated = ""
    is_name = "\n" not in stated and len(stated) <= _SHORT_LICENCE_CHARS
    classifiers = "; ".join(
        words
        for words in metadata.get_all("Classifier") or ()
        if words.startswith("License ::")
    )
    return expression or (stated if is_name else "") or classifiers or stated or None


def _description(distribution: importlib.metadata.Distribution) -> str:
    metadata = _headers(distribution)
    # Old metadata keeps it in a header, the lines marked by indentation.
    words = metadata.get("Description") or str(metadata.get_payload() or "")
    return "" if words.strip().upper() == "UNKNOWN" else words.strip()
