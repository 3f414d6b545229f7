"""Run a function over the parts of a table: local processes now, clusters later."""

from taojin.engines.config import EngineConfig
from taojin.engines.partitions import map_partitions
from taojin.engines.tasks import run_tasks

__all__ = ["EngineConfig", "map_partitions", "run_tasks"]
