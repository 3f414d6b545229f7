"""Kedro settings; only what differs from the defaults."""

import os
import warnings

# Nothing phones home. Each library reads its switch when it is imported, so the
# switches stand before every other import.
for _switch in (
    "DO_NOT_TRACK",
    "KEDRO_DISABLE_TELEMETRY",
    "MLFLOW_DISABLE_TELEMETRY",
):
    os.environ.setdefault(_switch, "true")
# Bars for files of a few megabytes hide ours.
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
# Kedro 1.7 calls OmegaConf 2.4 by a name that is going away; nothing here does.
warnings.filterwarnings("ignore", message="register_new_resolver")

from taojin.hooks.data_checks import DataChecksHook  # noqa: E402 - see above
from taojin.hooks.summary import SummaryHook  # noqa: E402
from taojin.hooks.tracking import TypedParamsMlflowHook  # noqa: E402
from taojin.runners.session import RankSession, TaojinSession  # noqa: E402
from taojin.tracking.mlflow_model import log_language_model  # noqa: E402

# Without torch, which data work need not have, only this tells torchrun from others.
SESSION_CLASS = RankSession if "TORCHELASTIC_RUN_ID" in os.environ else TaojinSession
HOOKS = (
    TypedParamsMlflowHook(
        models={"pretrained_model": log_language_model},
        reports=(
            "ingestion_report",
            "curation_report",
            "evaluation_report",
            "axes_report",
            "memory_report",
            "robustness_report",
            "usability_report",
            "human_report",
            "media_report",
            "image_axes_report",
            "audio_axes_report",
            "head_report",
            "unlikelihood_report",
        ),
    ),
    DataChecksHook(),
    SummaryHook(),
)
DISABLE_HOOKS_FOR_PLUGINS = ("kedro_mlflow",)  # replaced by the subclass above
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    # An environment changes single values. (The default replaces whole stages, and
    # then loses them under a nested --params.)
    "merge_strategy": {"parameters": "soft"},
    "config_patterns": {
        # Sources are parameters in a file of their own: checked before any node runs.
        "parameters": [
            "parameters*",
            "parameters*/**",
            "**/parameters*",
            "sources*",
            "media_sources*",
            "evaluation_sets*",
        ],
    },
}
