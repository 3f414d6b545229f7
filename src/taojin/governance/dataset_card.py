"""The dataset card: what a curated corpus is made of, for machines and for people."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from taojin.core.records import Source
from taojin.core.shards import Shards
from taojin.governance.dataset_card_croissant import write_croissant
from taojin.governance.dataset_card_facts import (
    DatasetCardConfig,
    DatasetCardFacts,
    count_redacted,
    describe_files,
)
from taojin.governance.dataset_card_markdown import write_markdown

__all__ = ["DatasetCard", "DatasetCardConfig", "DatasetCardFacts", "make_dataset_card"]


class DatasetCard(NamedTuple):
    """A card in both of its forms.

    Attributes:
        croissant: Croissant 1.0 as JSON-LD.
        markdown: ``README.md`` with YAML front matter.
    """

    croissant: dict[str, Any]
    markdown: str


def make_dataset_card(
    config: DatasetCardConfig,
    curated: Shards,
    sources: Iterable[Source],
    *,
    curation: Mapping[str, Any] | None = None,
    ingestion: Mapping[str, Any] | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> DatasetCard:
    """Write the card of a corpus; it states what its inputs state and nothing else.

    Args:
        config: What the publisher states.
        curated: The documents that stayed; their files are hashed.
        sources: As they were declared.
        curation: The curation report.
        ingestion: The ingestion report.
        provenance: Run, commit, versions, by name.
    """
    facts = DatasetCardFacts(
        files=describe_files(curated),
        num_redacted=count_redacted(curated),
        curation=curation,
        ingestion=ingestion,
        sources=tuple(sources),
        provenance=provenance or {},
    )
    return DatasetCard(write_croissant(config, facts), write_markdown(config, facts))
