"""Validators that are wrong should say so before the first node, not after the last."""

from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from kedro.validation.core import resolve_validator
from kedro.validation.exceptions import ValidationConfigurationError

from taojin.core.errors import ConfigurationError


class DataChecksHook:
    """Makes every validator of a pipeline's datasets before the run starts.

    Kedro makes them when the data arrives. A mistake in an expectation suite would
    then come to light after an hour of training.
    """

    @hook_impl(tryfirst=True)
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Resolve the validators.

        Raises:
            ConfigurationError: If any cannot be made; names all of them.
        """
        del run_params
        problems: list[str] = []
        for name in sorted(pipeline.datasets()):
            catalog.get(name)  # a dataset of a pattern is known once it was asked for
            spec = catalog.validator_specs.get(name)
            if spec is None or not spec.enabled:
                continue
            try:
                resolve_validator(spec)
            except ValidationConfigurationError as error:
                problems.append(f"{name}: {error}")
        if problems:
            message = "data checks cannot be made:\n" + "\n".join(problems)
            raise ConfigurationError(message)
