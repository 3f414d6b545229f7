"""The declared sources of a project, checked as a whole."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import fsspec
from pydantic import ConfigDict, RootModel, ValidationError, model_validator

from taojin.core.records import FieldMapping, Source, SourceKind

EMBEDDED_KINDS = frozenset({"python_documentation"})
"""Kinds whose content is found without a location."""

MAPPED_KINDS = frozenset({"jsonl", "csv", "parquet"})
"""Kinds whose records have named fields."""

MAX_PROBLEMS_SHOWN = 20


class SourceRegistry(RootModel[dict[str, Source]]):
    """Sources by name, as written under ``sources:`` in the configuration.

    A source is given as the fields of :class:`taojin.core.records.Source` without
    ``name``, which is its key; null in place of the fields takes a source out that
    another file of the configuration declares. All mistakes are told at once.
    """

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _check_whole(cls, declared: Any) -> dict[str, Source]:
        fields = (
            {n: _fields_of(given) for n, given in declared.items() if given is not None}
            if isinstance(declared, Mapping)
            else {}
        )
        if not fields:
            message = (
                "sources must be a mapping of at least one name to a source, "
                f"found {_shown(declared)}"
            )
            raise ValueError(message)
        problems = [
            f"{name}: {problem}"
            for name in sorted(fields, key=str)
            for problem in _source_problems(name, fields[name])
        ]
        problems += _repeated_locations(fields)
        if problems:
            raise ValueError(_listed(problems))
        return {
            name: Source.model_validate({**fields[name], "name": name})
            for name in sorted(fields)
        }

    # RootModel documents overriding these for a container of one's own.
    def __iter__(self) -> Iterator[Source]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Iterate over the sources in the order of their names."""
        return iter([self.root[name] for name in sorted(self.root)])

    def __len__(self) -> int:
        return len(self.root)

    def __getitem__(self, name: str) -> Source:
        return self.root[name]


def _fields_of(given: Any) -> Any:
    return given.model_dump(exclude_unset=True) if isinstance(given, Source) else given


def _source_problems(name: Any, fields: Any) -> list[str]:
    if not isinstance(fields, Mapping):
        return [f"must be a mapping of fields, found {_shown(fields)}"]
    declared = {**fields, "name": fields.get("name", name)}
    problems = _field_problems(declared)
    if declared["name"] != name:
        problems.append(f"name {_shown(declared['name'])} differs from its key")
    if fields.get("kind") in get_args(SourceKind):
        problems += _location_problems(fields["kind"], fields.get("location"))
        problems += _mapping_problems(fields["kind"], fields.get("fields"))
    return problems


def _field_problems(declared: Mapping[str, Any]) -> list[str]:
    try:
        Source.model_validate(declared)
    except ValidationError as error:
        return [_in_words(problem) for problem in error.errors()]
    return []


def _in_words(problem: Any) -> str:
    """Say in one line what Pydantic found wrong with one field."""
    path = ".".join(str(step) for step in problem["loc"])
    match problem["type"]:
        case "extra_forbidden":
            model = FieldMapping if path.startswith("fields.") else Source
            hint = _nearest(path.rsplit(".", 1)[-1], model.model_fields)
            return f"unknown field {path!r}{hint}"
        case "literal_error" if path == "kind":
            hint = _nearest(str(problem["input"]), get_args(SourceKind))
            return f"unknown kind {_shown(problem['input'])}{hint}"
        case "missing":
            return f"lacks {path}"
        case "string_pattern_mismatch" if path == "name":
            return "the name must be lower-case letters, digits and _"
        case _:
            return f"{path}: {problem['msg']}, found {_shown(problem['input'])}"


def _location_problems(kind: str, location: Any) -> list[str]:
    if kind in EMBEDDED_KINDS:
        if location is None:
            return []
        return [f"kind {kind} finds its content itself; remove location"]
    if location is None or location == "":
        return [f"kind {kind} needs a location (a path or fsspec URL)"]
    return _scheme_problems(location) if isinstance(location, str) else []


def _scheme_problems(location: str) -> list[str]:
    if "://" not in location:
        return []
    scheme = location.split("://", 1)[0].rsplit("::", 1)[-1]
    if scheme not in fsspec.available_protocols():
        hint = _nearest(scheme, fsspec.available_protocols())
        return [f"location has the unsupported scheme {scheme!r}{hint}"]
    try:
        fsspec.get_filesystem_class(scheme)
    except ImportError as error:
        return [f"location has the scheme {scheme!r}, which is not installed: {error}"]
    return []


def _mapping_problems(kind: str, fields: Any) -> list[str]:
    if fields and kind not in MAPPED_KINDS:
        return [f"kind {kind} has no named fields; remove fields"]
    return [
        f"fields.{name} is empty; name a field of the records"
        for name, field in (fields if isinstance(fields, Mapping) else {}).items()
        if isinstance(field, str) and not field.strip()
    ]


def _repeated_locations(sources: Mapping[Any, Any]) -> list[str]:
    first: dict[str, Any] = {}
    problems = []
    for name in sorted(sources, key=str):
        fields = sources[name] if isinstance(sources[name], Mapping) else {}
        kind, location = fields.get("kind"), fields.get("location")
        if location is None and kind not in EMBEDDED_KINDS:
            continue
        place = f"{kind} at {location}" if location else f"{kind}"
        if place in first:
            problems.append(f"{name}: reads the same as source {first[place]}: {place}")
        first.setdefault(place, name)
    return problems


def _nearest(word: str, known: Any) -> str:
    """Suggest the nearest known word, or list them all if there are few."""
    candidates = sorted(known)
    near = difflib.get_close_matches(word, candidates, n=1, cutoff=0.5)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; known: {', '.join(candidates)}" if len(candidates) <= 20 else ""


def _shown(value: Any) -> str:
    return f"{value!r:.80}"


def _listed(problems: list[str]) -> str:
    shown = "\n".join(f"  * {problem}" for problem in problems[:MAX_PROBLEMS_SHOWN])
    rest = len(problems) - MAX_PROBLEMS_SHOWN
    more = f"\n  * and {rest} more" if rest > 0 else ""
    return f"{len(problems)} mistakes in the declared sources:\n{shown}{more}"
