"""Base class of every configuration."""

from pydantic import BaseModel, ConfigDict


class StageConfig(BaseModel):
    """A frozen configuration that rejects keys it does not know.

    Kedro builds one from ``params:<stage>`` before any node runs, so a typo in
    ``conf/`` stops the run at once instead of being read as a default.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
