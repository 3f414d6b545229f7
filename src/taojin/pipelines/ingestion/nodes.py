"""Adapters from catalogue names to the ingestion library."""

from pathlib import Path
from typing import Any

from taojin.core.fingerprints import fingerprint_of, hash_file
from taojin.core.records import DOCUMENT_SCHEMA
from taojin.core.shards import Shards, write_shards
from taojin.engines import EngineConfig
from taojin.governance import licences
from taojin.governance.licences import LicencePolicy, conclude_licence
from taojin.governance.purposes import require_purpose
from taojin.ingestion.config import IngestionConfig, SourceRegistry
from taojin.ingestion.evaluation_sets import EvaluationSets
from taojin.ingestion.inventory import take_inventory as list_sources
from taojin.ingestion.read import Ingested, read_sources

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
    ingested = _read(sources, inventory, config, engine, workspace / "ingestion")
    return {
        "documents": ingested.documents,
        "rejected": ingested.rejected,
        "report": ingested.report,
    }


def take_evaluation_inventory(
    evaluation_sets: EvaluationSets, config: IngestionConfig
) -> dict[str, Any]:
    """List the evaluation sets; empty if none is declared."""
    if not len(evaluation_sets):
        return {}
    return list_sources(evaluation_sets.registry(), config)


def read_evaluation_sets(
    evaluation_sets: EvaluationSets,
    inventory: dict[str, Any],
    config: IngestionConfig,
    engine: EngineConfig,
    workspace: Path,
) -> Shards:
    """Read the evaluation sets like sources; no documents if none is declared."""
    folder = workspace / "evaluation_sets"
    if not len(evaluation_sets):
        return write_shards([DOCUMENT_SCHEMA.empty_table()], folder / "none")
    registry = evaluation_sets.registry()
    return _read(registry, inventory, config, engine, folder).documents


def _read(
    sources: SourceRegistry,
    inventory: dict[str, Any],
    config: IngestionConfig,
    engine: EngineConfig,
    folder: Path,
) -> Ingested:
    return read_sources(
        sources,
        inventory,
        folder,
        config,
        engine,
        conclude_licence,
        # Parts that a killed run left are kept only if licences are read alike.
        fingerprint=fingerprint_of([hash_file(path) for path in _LICENCE_MODULES]),
    )
