"""Files of examples that a user may put under ``data/01_raw/finetuning``."""

from pathlib import Path
from typing import Any, NoReturn

from kedro.io import AbstractDataset, DatasetError

from taojin.core.fingerprints import hash_file
from taojin.training.example_files import ExampleFile

_MISSING = "missing"


class ExampleFileDataset(AbstractDataset[NoReturn, ExampleFile]):
    """A file that is read by the node that needs it, and may be missing until then.

    Example:
        ```yaml
        preference_examples:
          type: taojin.datasets.examples.ExampleFileDataset
          filepath: data/01_raw/finetuning/preference.jsonl
        ```
    """

    def __init__(self, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Name the file.

        Args:
            filepath: The file, on a local file system.
            metadata: Ignored here; Kedro-Viz reads the layer from it.
        """
        self._filepath = Path(filepath)
        self.metadata = metadata

    def fingerprint(self) -> str:
        """Identity of the content; a word of its own where there is none."""
        return hash_file(self._filepath) if self._filepath.is_file() else _MISSING

    def load(self) -> ExampleFile:
        """Return the handle; nothing is read."""
        return ExampleFile(self._filepath)

    def save(self, data: NoReturn) -> None:
        """Refuse: raw data is never changed."""
        message = f"{self._filepath} is raw data and is not written, got {data!r:.80}"
        raise DatasetError(message)

    def _exists(self) -> bool:
        return True  # whether it is needed is for the node to say

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}
