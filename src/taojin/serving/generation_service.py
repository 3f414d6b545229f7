"""A model folder as a service that continues prompts."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from taojin.core.errors import ConfigurationError
from taojin.generation.config import SamplingConfig
from taojin.generation.preparation import prepare
from taojin.generation.sampling import sample
from taojin.models.storage import load_language_model, load_tokenizer


class GenerationService:
    """Holds a language model in memory and continues prompts with it.

    Args:
        directory: A folder written by :func:`taojin.models.storage.save_model`.
        config: Sampling settings of requests that bring none.

    Raises:
        CorruptArtifactError: If the folder does not hold a whole language model.
    """

    def __init__(
        self, directory: str | Path, config: SamplingConfig | None = None
    ) -> None:
        config = config or SamplingConfig()
        self._model = prepare(load_language_model(directory), config.precision)
        self._tokenizer = load_tokenizer(directory)
        # The precision is that of the model in memory; a request cannot change it.
        self._config = config.model_copy(update={"precision": None})

    def continue_prompts(
        self, prompts: Sequence[str], settings: Mapping[str, Any] | None = None
    ) -> list[str]:
        """Continue each prompt; the same request has the same answer.

        Args:
            prompts: Texts, possibly none.
            settings: Sampling settings to use in place of the service's own.

        Returns:
            One continuation a prompt, without the prompt.

        Raises:
            ConfigurationError: If a setting is unknown or out of its range.
        """
        config = self._configured(settings or {})
        if not prompts:
            return []
        generations = sample(self._model, self._tokenizer, list(prompts), config)
        return [generation.text for generation in generations]

    def _configured(self, settings: Mapping[str, Any]) -> SamplingConfig:
        try:
            values = self._config.model_dump() | dict(settings)
            return SamplingConfig.model_validate(values)
        except ValidationError as error:
            problems = "; ".join(
                f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
                for problem in error.errors(include_url=False, include_input=False)
            )
            message = f"sampling settings {dict(settings)} are wrong: {problems}"
            raise ConfigurationError(message[:1000]) from error
