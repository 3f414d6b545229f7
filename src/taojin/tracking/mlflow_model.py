"""A trained language model as an MLflow model that any MLflow server can serve."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from taojin.generation.config import SamplingConfig

if TYPE_CHECKING:
    from taojin.serving.generation_service import GenerationService

ARTIFACT = "model"
_REQUIRED = (
    "mlflow",
    "numba",
    "numpy",
    "pydantic",
    "safetensors",
    "tokenizers",
    "torch",
    "tqdm",
)
_PACKAGE = Path(__file__).parents[1]


class LanguageModelPyfunc(PythonModel):
    """Continues prompts with the model in the artifact ``model``."""

    _service: "GenerationService"

    def load_context(self, context: PythonModelContext) -> None:
        """Load the weights."""
        # Every Kedro command imports this module; only a served model needs torch.
        from taojin.serving.generation_service import GenerationService

        self._service = GenerationService(context.artifacts[ARTIFACT])

    # MLflow reads the signature of the served model from these types, and calls a
    # predict() without context as well as one with it.
    def predict(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, model_input: list[str], params: dict[str, Any] | None = None
    ) -> list[str]:
        """Continue each prompt.

        Args:
            model_input: Prompts.
            params: Sampling settings to use in place of the defaults; see
                :class:`taojin.generation.config.SamplingConfig`.
        """
        return self._service.continue_prompts(model_input, params or {})


def log_language_model(directory: Path) -> None:
    """Log a model folder to the active MLflow run, as ``language_model``.

    The code goes with it, so the model loads where this project is not installed.
    What it requires is listed here, because MLflow would otherwise load the model to
    find out, and ask a package index.
    """
    mlflow.pyfunc.log_model(
        name="language_model",
        python_model=str(Path(__file__).with_name("served_model.py")),
        artifacts={ARTIFACT: str(directory)},
        code_paths=[str(_PACKAGE)],
        pip_requirements=_requirements(),
        input_example=_example(),
    )


def _example() -> tuple[list[str], dict[str, Any]]:
    """Make a request; its settings are the only ones that MLflow will hand on.

    A setting that is null by default has no type, and MLflow no place for it.
    """
    settings = SamplingConfig().model_dump()
    known = {name: value for name, value in settings.items() if value is not None}
    return ["def mean(values):"], known


def _requirements() -> list[str]:
    """Pin what serving needs to what is installed; without local build tags."""
    pins: list[str] = []
    for package in _REQUIRED:
        try:
            pins.append(f"{package}=={version(package).partition('+')[0]}")
        except PackageNotFoundError:
            continue
    return pins
