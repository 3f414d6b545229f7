"""Where MLflow keeps its files, whatever the working directory."""

from copy import deepcopy
from pathlib import Path
from typing import Any

from kedro.config import (
    AbstractConfigLoader,
    MissingConfigException,
    OmegaConfigLoader,
)

_SQLITE = "sqlite:///"
_PATTERNS = ["mlflow*", "mlflow*/**", "**/mlflow*"]


def anchor_locations(config_loader: AbstractConfigLoader, project: Path) -> None:
    """Make relative locations in ``mlflow.yml`` relative to the project's folder.

    kedro-mlflow hands the address of a database on as it stands, and SQLite reads it
    relative to the working directory.

    Args:
        config_loader: Its ``mlflow`` entry is replaced.
        project: The project's folder; the folder of a database in it is made.
    """
    if not isinstance(config_loader, OmegaConfigLoader):
        return
    config_loader.config_patterns.setdefault("mlflow", _PATTERNS)
    try:
        content = deepcopy(dict(config_loader["mlflow"]))
    except MissingConfigException:
        return
    server: dict[str, Any] = content.get("server") or {}
    for key in ("mlflow_tracking_uri", "mlflow_registry_uri"):
        if str(server.get(key)).startswith(_SQLITE):
            database = project / server[key].removeprefix(_SQLITE)
            database.parent.mkdir(parents=True, exist_ok=True)
            server[key] = f"{_SQLITE}{database.as_posix()}"
    experiment = (content.get("tracking") or {}).get("experiment") or {}
    creation = experiment.get("create_experiment_kwargs") or {}
    location = creation.get("artifact_location")
    if location and "://" not in location:
        creation["artifact_location"] = str(project / location)
    config_loader["mlflow"] = content
