"""How a class enters a generator, and how a discriminator is asked about it."""

import torch
from torch import Tensor, nn

from taojin.models.adversarial.shapes import AdversarialShape


class JoinedLatents(nn.Module):
    """Latents, with the embedding of the class behind them where there are classes.

    Attributes:
        size: Numbers that come out for an image.
    """

    def __init__(self, shape: AdversarialShape) -> None:
        super().__init__()
        num_labels = len(shape.labels)
        self.size = shape.latent_size * (2 if num_labels else 1)
        self.embedding = (
            nn.Embedding(num_labels, shape.latent_size) if num_labels else None
        )

    def forward(self, latents: Tensor, targets: Tensor | None) -> Tensor:
        """``[images, size]``; see :func:`require_targets`."""
        require_targets(targets, conditional=self.embedding is not None)
        if self.embedding is None or targets is None:
            return latents
        return torch.cat([latents, self.embedding(targets)], dim=-1)


class ProjectionHead(nn.Module):
    """One number an image; with classes, how well it fits its own is added.

    The product of the features with an embedding of the class (Miyato and Koyama
    2018, arXiv:1802.05637).
    """

    def __init__(self, size: int, num_labels: int) -> None:
        super().__init__()
        self.score = nn.Linear(size, 1)
        self.embedding = nn.Embedding(num_labels, size) if num_labels else None
        nn.init.normal_(self.score.weight, std=size**-0.5)
        nn.init.zeros_(self.score.bias)
        if self.embedding is not None:
            nn.init.normal_(self.embedding.weight, std=size**-0.5)

    def forward(self, features: Tensor, targets: Tensor | None) -> Tensor:
        """Scores ``[images]`` in single precision; see :func:`require_targets`."""
        require_targets(targets, conditional=self.embedding is not None)
        scores = self.score(features).squeeze(-1).float()
        if self.embedding is None or targets is None:
            return scores
        return scores + (features.float() * self.embedding(targets)).sum(dim=-1)


def require_targets(targets: Tensor | None, *, conditional: bool) -> None:
    """Refuse classes where there are none, and none where there are classes.

    Raises:
        ValueError: If so.
    """
    if conditional and targets is None:
        message = "this network makes images of classes; give a target an image"
        raise ValueError(message)
    if not conditional and targets is not None:
        message = "this network knows no classes; give no targets"
        raise ValueError(message)
