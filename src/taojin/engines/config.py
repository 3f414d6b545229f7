"""Configuration of the engine."""

from typing import Literal

from pydantic import Field

from taojin.core.config import StageConfig


class EngineConfig(StageConfig):
    """Where per-part work runs."""

    name: Literal["local"] = "local"
    num_workers: int = Field(default=2, ge=1)
    """Worker processes; 1 works in the calling process."""
