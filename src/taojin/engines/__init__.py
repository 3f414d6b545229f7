"""Run a function over the parts of a table: processes, Ray or Dask."""

from taojin.engines.config import EngineConfig
from taojin.engines.partitions import RowWise, map_partitions
from taojin.engines.tasks import run_tasks

__all__ = ["EngineConfig", "RowWise", "map_partitions", "run_tasks"]
