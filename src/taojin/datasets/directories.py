"""Artifacts that are folders: a node hands over a finished folder, the catalogue moves it.

A node works in the workspace, where a killed run leaves finished parts for the next
one. What it returns is a handle on that folder. Saving moves the folder to its
place in one step, after the validator has seen it.
"""

import shutil
from abc import abstractmethod
from itertools import islice
from pathlib import Path
from typing import Any, Generic, TypeVar

import pandas as pd
from kedro.io import AbstractDataset, DatasetError
from kedro_datasets._typing import TablePreview

from taojin.core.files import PARTIAL_SUFFIX
from taojin.core.fingerprints import hash_tree
from taojin.core.shards import Shards
from taojin.features.clip_tensors import ClipTensors
from taojin.features.image_tensors import ImageTensors
from taojin.features.tokens import TokenShards

Handle = TypeVar("Handle")


class DirectoryDataset(AbstractDataset[Handle, Handle], Generic[Handle]):
    """A folder that is replaced as a whole."""

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

    @abstractmethod
    def _root(self, handle: Handle) -> Path: ...

    def fingerprint(self) -> str:
        """Identity of the content."""
        return hash_tree(self._filepath)

    def load(self) -> Handle:
        """Open the folder."""
        return self._open(self._filepath)

    def save(self, data: Handle) -> None:
        """Move the folder behind the handle to its place."""
        made = self._root(data)
        if made == self._filepath:
            message = f"{made} is already in its place; a node must write elsewhere"
            raise DatasetError(message)
        self._filepath.parent.mkdir(parents=True, exist_ok=True)
        outgoing = self._filepath.with_name(f".{self._filepath.name}{PARTIAL_SUFFIX}")
        shutil.rmtree(outgoing, ignore_errors=True)
        if self._filepath.exists():
            self._filepath.rename(outgoing)
        try:
            shutil.move(made, self._filepath)
        except OSError:
            if outgoing.exists() and not self._filepath.exists():
                outgoing.rename(self._filepath)
            raise
        shutil.rmtree(outgoing, ignore_errors=True)

    def _exists(self) -> bool:
        return self._filepath.is_dir()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}


class ShardsDataset(DirectoryDataset[Shards]):
    """A table in Parquet parts.

    Example:
        ```yaml
        curated_documents:
          type: taojin.datasets.directories.ShardsDataset
          filepath: data/03_primary/curated_documents
        ```
    """

    def _open(self, root: Path) -> Shards:
        return Shards.open(root)

    def _root(self, handle: Shards) -> Path:
        return handle.root

    def fingerprint(self) -> str:
        """Identity of the rows; read from the manifest."""
        return self.load().fingerprint

    # Kedro-Viz tells by the annotation what it gets.
    def preview(self, nrows: int = 5) -> TablePreview:
        """Return the first rows; long texts are cut."""
        first = islice(self.load().tables(), 1)
        frames = [table.slice(0, nrows).to_pandas() for table in first]
        short = pd.concat([pd.DataFrame(), *frames]).map(lambda cell: str(cell)[:120])
        return TablePreview(short.to_dict(orient="split"))


class TokenShardsDataset(DirectoryDataset[TokenShards]):
    """Token ids of all splits, memory-mapped when they are read.

    Example:
        ```yaml
        token_shards:
          type: taojin.datasets.directories.TokenShardsDataset
          filepath: data/05_model_input/token_shards
        ```
    """

    def _open(self, root: Path) -> TokenShards:
        return TokenShards.open(root)

    def _root(self, handle: TokenShards) -> Path:
        return handle.root

    def fingerprint(self) -> str:
        """Identity of the tokens; read from the manifest."""
        return self.load().fingerprint


class TensorsDataset(DirectoryDataset[Any]):
    """Arrays of images or recordings; a node hands over the path of the folder.

    A subclass says how the folder is opened.
    """

    def _root(self, handle: Path) -> Path:
        return handle


class ImageTensorsDataset(TensorsDataset):
    """Images of one form, memory-mapped.

    Example:
        ```yaml
        image_tensors:
          type: taojin.datasets.directories.ImageTensorsDataset
          filepath: data/05_model_input/image_tensors
        ```
    """

    def _open(self, root: Path) -> ImageTensors:
        return ImageTensors.open(root)


class ClipTensorsDataset(TensorsDataset):
    """Recordings at one rate, memory-mapped.

    Example:
        ```yaml
        clip_tensors:
          type: taojin.datasets.directories.ClipTensorsDataset
          filepath: data/05_model_input/clip_tensors
        ```
    """

    def _open(self, root: Path) -> ClipTensors:
        return ClipTensors.open(root)


class FolderDataset(DirectoryDataset[Path]):
    """A folder of any files, handed on as its path.

    Example:
        ```yaml
        human_study:
          type: taojin.datasets.directories.FolderDataset
          filepath: data/07_model_output/human_study
        ```
    """

    def _open(self, root: Path) -> Path:
        return root

    def _root(self, handle: Path) -> Path:
        return handle


class ModelDataset(FolderDataset):
    """A model folder: weights, configuration, tokenizer.

    Example:
        ```yaml
        pretrained_model:
          type: taojin.datasets.directories.ModelDataset
          filepath: data/06_models/pretrained_model
        ```
    """
