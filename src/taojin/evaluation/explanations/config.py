"""How explanations are made."""

from typing import Literal

from pydantic import Field

from taojin.core.config import StageConfig
from taojin.models.config import LanguageModelConfig

GradientWeights = Literal["blocks", "head", "all"]


class LeaningConfig(StageConfig):
    """How the documents that a generation leans on are found."""

    num_documents: int = Field(default=10, ge=1)
    """Documents named for each generation."""
    num_candidates: int = Field(default=50, ge=1)
    """Passages, nearest by representation, whose gradients are compared."""
    max_tokens: int = Field(default=256, ge=2)
    """Of a passage; longer documents are several, shorter contexts of a model cut
    this."""
    weights: GradientWeights = "blocks"
    """Whose gradients: the matrices of the blocks, the output matrix, or all. With
    embeddings (``all``, or a ``head`` that shares them) common words count most."""
    projection_size: int | None = Field(default=4096, ge=16)
    """Numbers that a gradient is projected to; null compares whole gradients, which
    takes the memory of a model for each passage."""
    batch_size: int = Field(default=16, ge=1)
    """Passages whose representations are computed at once."""
    seed: int = Field(default=0, ge=0)
    """Of the projection."""


class AttributionConfig(StageConfig):
    """How a decision of a classifier is divided among the parts of a text."""

    method: Literal["integrated_gradients", "leave_one_out"] = "integrated_gradients"
    """``integrated_gradients`` adds up to the logit; ``leave_one_out`` removes one
    part after the other, and need not."""
    tolerance: float = Field(default=1e-3, gt=0.0)
    """By how much the sum of integrated gradients may miss the change of the logit,
    as a share of it (or absolutely, where it is below 1)."""
    max_steps: int = Field(default=512, ge=8, le=65_536)
    """Points of the path at most."""
    batch_size: int = Field(default=32, ge=1)
    """Points, or shortened texts, computed at once."""


class ProxyConfig(StageConfig):
    """Trainings by which an explanation is checked."""

    start: Literal["model", "scratch"] = "model"
    """``model``: the model that is explained reads on in the documents that are left;
    ``scratch``: a small one reads nothing else, which says less of that model and
    takes more documents and repeats."""
    model: LanguageModelConfig = LanguageModelConfig(
        depth=2, width=64, context_length=128
    )
    """Shape of the small one; its tokens are those of the model that is explained."""
    num_epochs: float = Field(default=1.0, gt=0.0, le=1000.0)
    """How often each document is read; from scratch, 4 or more are needed."""
    batch_size: int = Field(default=8, ge=1)
    """Windows in one step."""
    learning_rate_factor: float = Field(default=0.3, gt=0.0, le=10.0)
    """Of the usual rates of pretraining; from scratch, 1 is right."""
    num_threads: int | None = Field(default=None, ge=1, le=1024)
    """CPU threads; null leaves the library's default."""


class RemovalConfig(StageConfig):
    """How explanations are checked."""

    num_generations: int = Field(default=24, ge=2, le=10_000)
    """Generated texts whose explanations are checked."""
    num_removed: int = Field(default=3, ge=1)
    """Documents taken out for each, those of the best ranks."""
    num_repeats: int = Field(default=3, ge=2, le=1000)
    """How often, each time beside other random documents; two trainings a repeat."""
    num_documents: int = Field(default=300, ge=8)
    """Documents that models are trained on: those that share the most words with the
    texts make up about half, the others are drawn by chance."""
    max_characters: int = Field(default=1200, ge=16)
    """Read of a document, from its start, here and to name those leaned on."""
    num_neighbours: int = Field(default=10, ge=1)
    """A random document is one of so many nearest in length to a named one."""
    proxy: ProxyConfig = ProxyConfig()
    seed: int = Field(default=0, ge=0)
    """Of weights, batches and random documents."""
