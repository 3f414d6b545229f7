"""Kedro settings; only what differs from the defaults."""

import os

# Nothing phones home. Each library reads its switch when it is imported, so the
# switches stand before every other import.
for _switch in (
    "DO_NOT_TRACK",
    "KEDRO_DISABLE_TELEMETRY",
    "MLFLOW_DISABLE_TELEMETRY",
):
    os.environ.setdefault(_switch, "true")

from taojin.hooks.summary import SummaryHook  # noqa: E402 - see above
from taojin.hooks.tracking import TypedParamsMlflowHook  # noqa: E402
from taojin.runners.session import TaojinSession  # noqa: E402

SESSION_CLASS = TaojinSession
HOOKS = (TypedParamsMlflowHook(), SummaryHook())
DISABLE_HOOKS_FOR_PLUGINS = ("kedro_mlflow",)  # replaced by the subclass above
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    "config_patterns": {
        # Sources are parameters in a file of their own: checked before any node runs.
        "parameters": ["parameters*", "parameters*/**", "**/parameters*", "sources*"],
    },
}
