"""Means that a node works with: they are inputs, and never saved.

What a resource holds says nothing about whether a result is out of date, so the
runner leaves it out of fingerprints.
"""

from abc import abstractmethod
from pathlib import Path
from typing import Any, Generic, NoReturn, TypeVar

from kedro.io import AbstractDataset, DatasetError

from taojin.core.lineage import Lineage
from taojin.core.provenance import git_state, package_versions
from taojin.training.checkpoints import DirectoryCheckpointStore

Handle = TypeVar("Handle")


class ResourceDataset(AbstractDataset[NoReturn, Handle], Generic[Handle]):
    """A handle on a folder; loading it reads nothing."""

    is_resource = True

    def __init__(self, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Name the folder.

        Args:
            filepath: The folder, on a local file system.
            metadata: Ignored here; Kedro-Viz reads the layer from it.
        """
        self._filepath = Path(filepath)
        self.metadata = metadata

    @abstractmethod
    def _open(self, root: Path) -> Handle: ...

    def load(self) -> Handle:
        """Return the handle."""
        return self._open(self._filepath)

    def save(self, data: NoReturn) -> None:
        """Refuse: nodes get resources, they do not make them."""
        message = f"{self._filepath} is a resource, an input of nodes, got {data!r:.80}"
        raise DatasetError(message)

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}


class WorkspaceDataset(ResourceDataset[Path]):
    """The folder in which nodes work before the catalogue takes their results.

    Example:
        ```yaml
        workspace:
          type: taojin.datasets.resources.WorkspaceDataset
          filepath: data/.work
        ```
    """

    def _open(self, root: Path) -> Path:
        root.mkdir(parents=True, exist_ok=True)
        return root


class LineageDataset(ResourceDataset[Lineage]):
    """What each node last made, from what; written by the runner.

    Example:
        ```yaml
        lineage:
          type: taojin.datasets.resources.LineageDataset
          filepath: data/.lineage
        ```
    """

    def _open(self, root: Path) -> Lineage:
        return Lineage(root)


class CheckpointStoreDataset(ResourceDataset[DirectoryCheckpointStore]):
    """Checkpoints of training runs; each run finds its own by fingerprint.

    Example:
        ```yaml
        pretraining_checkpoints:
          type: taojin.datasets.resources.CheckpointStoreDataset
          filepath: data/06_models/checkpoints/pretraining
        ```
    """

    def _open(self, root: Path) -> DirectoryCheckpointStore:
        return DirectoryCheckpointStore(root)


class ProvenanceDataset(ResourceDataset[dict[str, Any]]):
    """The commit and the versions that a run is made with.

    Example:
        ```yaml
        provenance:
          type: taojin.datasets.resources.ProvenanceDataset
          filepath: .
        ```
    """

    def _open(self, root: Path) -> dict[str, Any]:
        return {**git_state(root), "versions": package_versions()}
