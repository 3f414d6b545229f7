"""Configuration of the engine."""

from typing import ClassVar, Literal

from pydantic import Field

from taojin.core.config import StageConfig


class EngineConfig(StageConfig):
    """Where per-part work runs; no result depends on it."""

    is_resource: ClassVar[bool] = True
    """Not data: the runner leaves it out of fingerprints."""

    name: Literal["local"] = "local"
    num_workers: int = Field(default=2, ge=1)
    """Worker processes; 1 works in the calling process."""
