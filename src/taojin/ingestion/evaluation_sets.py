"""The declared evaluation sets: texts that no training document may contain."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ConfigDict, RootModel, model_validator

from taojin.core.records import Source
from taojin.ingestion.registry import SourceRegistry


class EvaluationSets(RootModel[dict[str, Source]]):
    """Evaluation sets by name, as written under ``evaluation_sets:``; may be none.

    A set is declared like a source, see
    :class:`taojin.ingestion.registry.SourceRegistry`; what says who may use it for
    training does not matter and may be left out.
    """

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _check_whole(cls, declared: Any) -> dict[str, Source]:
        if declared is None or (
            isinstance(declared, Mapping) and not any(declared.values())
        ):
            return {}
        return SourceRegistry.model_validate(declared).root

    # RootModel documents overriding these for a container of one's own.
    def __iter__(self) -> Iterator[Source]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Iterate over the sets in the order of their names."""
        return iter([self.root[name] for name in sorted(self.root)])

    def __len__(self) -> int:
        return len(self.root)

    def registry(self) -> SourceRegistry:
        """The sets as sources to read; there must be one."""
        return SourceRegistry.model_validate(self.root)
