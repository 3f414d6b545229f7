"""Adapters from catalogue names to the generation library."""

from pathlib import Path
from typing import Any

import pandas as pd

from taojin.generation.config import GenerationConfig, SamplingConfig
from taojin.generation.sampling import sample
from taojin.models.storage import load_language_model, load_tokenizer

HELD_OUT = "test"


def generate_samples(model: Path, config: GenerationConfig) -> list[dict[str, Any]]:
    """Continue the configured prompts; see :func:`taojin.generation.sampling.sample`."""
    generations = sample(
        load_language_model(model),
        load_tokenizer(model),
        config.all_prompts(),
        config.sampling,
    )
    return [generation._asdict() for generation in generations]


def generate_descriptions(
    examples: pd.DataFrame, finetuned: Path, from_scratch: Path, config: SamplingConfig
) -> pd.DataFrame:
    """Describe held-out functions by both models, from their signatures.

    Returns:
        ``document_id``, ``finetuned``, ``from_scratch``; the first line of each answer.
    """
    held_out = examples.loc[examples["split"] == HELD_OUT]
    return pd.DataFrame(
        {
            "document_id": list(held_out["document_id"]),
            "finetuned": _describe(held_out, finetuned, config),
            "from_scratch": _describe(held_out, from_scratch, config),
        },
        dtype="str",
    )


def _describe(examples: pd.DataFrame, model: Path, config: SamplingConfig) -> list[str]:
    if examples.empty:
        return []
    generations = sample(
        load_language_model(model),
        load_tokenizer(model),
        list(examples["prompt"]),
        config,
    )
    return [generation.text.strip() for generation in generations]
