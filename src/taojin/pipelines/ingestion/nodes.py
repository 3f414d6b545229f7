"""Adapters from catalogue names to the ingestion library."""

from pathlib import Path
from typing import Any

from taojin.core.fingerprints import fingerprint_of, hash_file
from taojin.core.shards import Shards
from taojin.engines import EngineConfig
from taojin.governance import licences
from taojin.governance.licences import LicencePolicy, conclude_licence
from taojin.governance.purposes import require_purpose
from taojin.ingestion.config import IngestionConfig, SourceRegistry
from taojin.ingestion.inventory import take_inventory as list_sources
from taojin.ingestion.read import read_sources

_LICENCE_MODULES = sorted(Path(licences.__file__).parent.glob("licence*.py"))


def take_inventory(
    sources: SourceRegistry, config: IngestionConfig, policy: LicencePolicy
) -> dict[str, Any]:
    """List what is to be read, if it may be used for the purpose at all.

    See :func:`taojin.governance.purposes.require_purpose` and
    :func:`taojin.ingestion.inventory.take_inventory`.
    """
    require_purpose({source.name: source.purposes for source in sources}, policy)
    return list_sources(sources, config)


def read_documents(
    sources: SourceRegistry,
    inventory: dict[str, Any],
    config: IngestionConfig,
    engine: EngineConfig,
    workspace: Path,
) -> dict[str, Shards | dict[str, Any]]:
    """Read it; see :func:`taojin.ingestion.read.read_sources`."""
    ingested = read_sources(
        sources,
        inventory,
        workspace / "ingestion",
        config,
        engine,
        conclude_licence,
        # Parts that a killed run left are kept only if licences are read alike.
        fingerprint=fingerprint_of([hash_file(path) for path in _LICENCE_MODULES]),
    )
    return {
        "documents": ingested.documents,
        "rejected": ingested.rejected,
        "report": ingested.report,
    }
