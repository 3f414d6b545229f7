"""Small artifacts in one file, replaced in one step.

The shipped datasets write straight to the final name: a process killed half way
leaves a file that the next run would read.
"""

from pathlib import PurePosixPath
from typing import Any

from kedro_datasets.json import JSONDataset
from kedro_datasets.pandas import ParquetDataset
from kedro_datasets.plotly import JSONDataset as PlotlyDataset
from kedro_datasets.text import TextDataset

from taojin.core.files import atomic_file


class _AtomicSave:
    """Let the dataset write to a temporary sibling, then move it into place."""

    _filepath: PurePosixPath

    def save(self, data: Any) -> None:
        """Write the file as a whole; see :func:`taojin.core.files.atomic_file`."""
        target = self._filepath
        with atomic_file(str(target)) as partial:
            self._filepath = PurePosixPath(partial.as_posix())
            try:
                super().save(data)  # type: ignore[misc]  # the dataset beside it
            finally:
                self._filepath = target


class AtomicJSONDataset(_AtomicSave, JSONDataset):
    """A JSON file.

    Example:
        ```yaml
        evaluation_report:
          type: taojin.datasets.atomic.AtomicJSONDataset
          filepath: data/08_reporting/evaluation_report.json
        ```
    """

    DEFAULT_SAVE_ARGS: dict[str, Any] = {  # noqa: RUF012 - as Kedro declares it
        "indent": 1,
        "ensure_ascii": False,
        "sort_keys": True,
    }
    DEFAULT_FS_ARGS: dict[str, Any] = {  # noqa: RUF012 - as Kedro declares it
        "open_args_save": {"mode": "w", "encoding": "utf-8"},
        "open_args_load": {"mode": "r", "encoding": "utf-8"},
    }


class AtomicParquetDataset(_AtomicSave, ParquetDataset):
    """A pandas table in one Parquet file.

    Example:
        ```yaml
        document_splits:
          type: taojin.datasets.atomic.AtomicParquetDataset
          filepath: data/04_feature/document_splits.parquet
        ```
    """


class AtomicTextDataset(_AtomicSave, TextDataset):
    """A UTF-8 text file.

    Example:
        ```yaml
        model_card:
          type: taojin.datasets.atomic.AtomicTextDataset
          filepath: data/08_reporting/model_card.md
        ```
    """

    DEFAULT_FS_ARGS: dict[str, Any] = {  # noqa: RUF012 - as Kedro declares it
        "open_args_save": {"mode": "w", "encoding": "utf-8"},
        "open_args_load": {"mode": "r", "encoding": "utf-8"},
    }


class AtomicFigureDataset(_AtomicSave, PlotlyDataset):
    """A Plotly figure as JSON; Kedro-Viz draws it.

    Example:
        ```yaml
        pretraining_figure:
          type: taojin.datasets.atomic.AtomicFigureDataset
          filepath: data/08_reporting/pretraining_figure.json
        ```
    """
