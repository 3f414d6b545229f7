"""A table has its columns once for all rows: a wrong mapping is found at its head."""

from collections import Counter
from collections.abc import Sequence

from taojin.core.errors import SourceReadError
from taojin.core.records import Source
from taojin.ingestion.candidates import Item


def require_columns(columns: Sequence[str], item: Item, source: Source) -> None:
    """Check that a table has every mapped column, and each column once.

    Raises:
        SourceReadError: Naming all that is missing or double.
    """
    mapped = [name for _, name in source.fields if name is not None]
    missing = [
        name
        for name in mapped
        if name not in columns and name.split(".", 1)[0] not in columns
    ]
    double = [name for name, count in Counter(columns).items() if count > 1]
    if not missing and not double:
        return
    problems = [f"has no column {name!r}" for name in missing]
    problems += [f"has the column {name!r} more than once" for name in double[:5]]
    found = ", ".join(repr(name[:40]) for name in columns[:20])
    message = (
        f"source {source.name}: {item.path} {' and '.join(problems)}; its columns "
        f"are {found}; correct sources.{source.name}.fields or the file"
    )
    raise SourceReadError(message)
