"""How explanations are made."""

from typing import Literal

from pydantic import Field

from taojin.core.config import StageConfig

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
