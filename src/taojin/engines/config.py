"""Configuration of the engine."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from taojin.core.config import StageConfig


class EngineConfig(StageConfig):
    """Where per-part work runs; no result depends on it."""

    is_resource: ClassVar[bool] = True
    """Not data: the runner leaves it out of fingerprints."""

    name: Literal["local", "ray", "dask"] = "local"
    """Worker processes of this machine, Ray Core tasks, or Dask tasks."""
    num_workers: int = Field(default=2, ge=1)
    """Tasks at work at a time; 1 on ``local`` works in the calling process."""
    address: str | None = None
    """A running cluster (Ray ``auto`` or ``host:6379``, Dask ``tcp://host:8786``); null
    starts an instance on this machine and stops it at exit."""
    max_retries: int = Field(default=3, ge=0)
    """How often a task is tried again whose worker died; an error is never retried."""

    @model_validator(mode="after")
    def _local_work_has_no_address(self) -> Self:
        if self.name == "local" and self.address is not None:
            message = (
                f"engine.address is {self.address!r}, but engine.name is local, which "
                "runs on this machine; set engine.name to ray or dask, or remove "
                "the address"
            )
            raise ValueError(message)
        return self
