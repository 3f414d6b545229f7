"""Read one distribution: its description and the docstrings of its modules."""

from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from taojin.core.records import Source
from taojin.ingestion.candidates import Candidate, Found, Item, Refusal
from taojin.ingestion.config import IngestionConfig, PythonDocumentationConfig
from taojin.ingestion.python_documentation.distributions import (
    STANDARD_LIBRARY,
    Distribution,
    open_distribution,
)
from taojin.ingestion.python_documentation.docstrings import (
    PARSE_ERRORS,
    Docstring,
    find_docstrings,
    parse_module,
)
from taojin.ingestion.python_documentation.topics import TOPICS_MODULE, find_topics


def read_distribution(
    item: Item, source: Source, config: IngestionConfig
) -> Iterator[Found]:
    """Read up to ``max_bytes_per_distribution`` of a distribution's documentation.

    The description comes first, then module after module in a fixed, mixed order. A
    module that cannot be parsed is a refusal. Metadata of each document:
    ``distribution``, ``version``, ``kind`` (description, module, class, function or
    topic), ``qualified_name``, and ``signature`` of functions and classes.

    Raises:
        SourceReadError: If the distribution is not installed any more.
    """
    del source  # embedded: there is no mapping
    settings = config.python_documentation
    distribution = open_distribution(item.path, settings.skipped_folders)
    num_bytes = 0
    for found in _read_all(distribution, settings):
        yield found
        if isinstance(found, Candidate):
            num_bytes += len(found.text.encode("utf-8", "surrogatepass"))
        if num_bytes >= settings.max_bytes_per_distribution:
            return


def _read_all(
    distribution: Distribution, settings: PythonDocumentationConfig
) -> Iterator[Found]:
    if len(distribution.description) >= settings.min_chars:
        yield _describe(distribution)
    if distribution.name == STANDARD_LIBRARY:
        yield from _read_topics(distribution, settings)
    for path in distribution.modules:
        yield from _read_module(distribution, path, settings)


def _describe(distribution: Distribution) -> Candidate:
    return _candidate(
        distribution,
        distribution.description,
        uri=f"{distribution.label}#description",
        title=distribution.name,
        about={
            "kind": "description",
            "qualified_name": distribution.name,
            "content_type": distribution.description_type,
        },
    )


def _read_module(
    distribution: Distribution,
    path: PurePosixPath,
    settings: PythonDocumentationConfig,
) -> Iterator[Found]:
    label = f"{distribution.label}/{path}"
    try:
        content = (distribution.root / path).read_bytes()
    except OSError as error:
        yield Refusal("unreadable_file", f"{type(error).__name__}: {error}", label)
        return
    if not _may_document(content, settings.min_chars):
        return
    try:
        docstrings = list(find_docstrings(parse_module(content), settings.min_chars))
    except PARSE_ERRORS as error:
        yield Refusal("unparsable", f"{type(error).__name__}: {error}", label)
        return
    seen: Counter[str] = Counter()
    for docstring in docstrings:
        seen[docstring.name] += 1
        again = f"@{docstring.line}" if seen[docstring.name] > 1 else ""
        yield _document(distribution, path, docstring, again)


def _may_document(content: bytes, min_chars: int) -> bool:
    """Tell cheaply whether parsing can find anything: most modules say little."""
    return len(content) >= min_chars and (b'"""' in content or b"'''" in content)


def _document(
    distribution: Distribution, path: PurePosixPath, docstring: Docstring, again: str
) -> Candidate:
    name = ".".join(part for part in (_module_name(path), docstring.name) if part)
    fragment = f"#{docstring.name}{again}" if docstring.name else ""
    return _candidate(
        distribution,
        docstring.text,
        uri=f"{distribution.label}/{path}{fragment}",
        title=name,
        about={
            "kind": docstring.kind,
            "qualified_name": name,
            "signature": docstring.signature,
        },
    )


def _module_name(path: PurePosixPath) -> str:
    steps = path.with_suffix("").parts
    return ".".join(steps[:-1] if steps[-1] == "__init__" else steps)


def _read_topics(
    distribution: Distribution, settings: PythonDocumentationConfig
) -> Iterator[Found]:
    label = f"{distribution.label}/{TOPICS_MODULE}"
    try:
        module = parse_module((distribution.root / TOPICS_MODULE).read_bytes())
        topics = list(find_topics(module))
    except OSError:
        return  # some systems package the interpreter without its reference
    except PARSE_ERRORS as error:
        yield Refusal("unparsable", f"{type(error).__name__}: {error}", label)
        return
    for name, text in topics:
        if len(text) >= settings.min_chars:
            about = {"kind": "topic", "qualified_name": name}
            yield _candidate(distribution, text, f"{label}#{name}", name, about)


def _candidate(
    distribution: Distribution,
    text: str,
    uri: str,
    title: str,
    about: dict[str, Any],
) -> Candidate:
    return Candidate(
        text=text,
        uri=uri,
        title=title,
        licence=distribution.licence,
        metadata={
            "distribution": distribution.name,
            "version": distribution.version,
            **about,
        },
    )
