"""Adapters from catalogue names to the reading of images and of recordings."""

from pathlib import Path
from typing import Any

from taojin.core.fingerprints import fingerprint_of, hash_file
from taojin.core.media_records import Modality
from taojin.core.shards import Shards
from taojin.engines import EngineConfig
from taojin.governance import licences
from taojin.governance.licences import LicencePolicy, conclude_licence
from taojin.governance.purposes import require_purpose
from taojin.ingestion.media.config import MediaIngestionConfig, MediaRegistry
from taojin.ingestion.media.inventory import take_media_inventory
from taojin.ingestion.media.read import read_media

_LICENCE_MODULES = sorted(Path(licences.__file__).parent.glob("licence*.py"))


def take_image_inventory(
    sources: MediaRegistry, config: MediaIngestionConfig, policy: LicencePolicy
) -> dict[str, Any]:
    """List the images, if they may be used for the purpose at all.

    See :func:`taojin.governance.purposes.require_purpose` and
    :func:`taojin.ingestion.media.inventory.take_media_inventory`.
    """
    return _inventory(sources.of("image"), config, policy)


def take_clip_inventory(
    sources: MediaRegistry, config: MediaIngestionConfig, policy: LicencePolicy
) -> dict[str, Any]:
    """List the recordings, as :func:`take_image_inventory` does images."""
    return _inventory(sources.of("audio"), config, policy)


def read_images(
    sources: MediaRegistry,
    inventory: dict[str, Any],
    config: MediaIngestionConfig,
    engine: EngineConfig,
    workspace: Path,
) -> dict[str, Shards | dict[str, Any]]:
    """Read them; see :func:`taojin.ingestion.media.read.read_media`."""
    return _read("image", sources, inventory, config, engine, workspace)


def read_clips(
    sources: MediaRegistry,
    inventory: dict[str, Any],
    config: MediaIngestionConfig,
    engine: EngineConfig,
    workspace: Path,
) -> dict[str, Shards | dict[str, Any]]:
    """Read them; see :func:`taojin.ingestion.media.read.read_media`."""
    return _read("audio", sources, inventory, config, engine, workspace)


def _inventory(
    sources: MediaRegistry, config: MediaIngestionConfig, policy: LicencePolicy
) -> dict[str, Any]:
    require_purpose({source.name: source.purposes for source in sources}, policy)
    return take_media_inventory(sources, config)


def _read(
    modality: Modality,
    sources: MediaRegistry,
    inventory: dict[str, Any],
    config: MediaIngestionConfig,
    engine: EngineConfig,
    workspace: Path,
) -> dict[str, Shards | dict[str, Any]]:
    read = read_media(
        sources.of(modality),
        inventory,
        workspace / f"{modality}_ingestion",
        config,
        engine,
        conclude_licence,
        # Parts that a killed run left are kept only if licences are read alike.
        fingerprint=fingerprint_of([hash_file(path) for path in _LICENCE_MODULES]),
    )
    return {"items": read.records, "rejected": read.rejected, "report": read.report}
