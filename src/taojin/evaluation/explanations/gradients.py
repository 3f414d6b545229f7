"""What a text would change in a model, as a short vector."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from taojin.core.errors import ConfigurationError
from taojin.core.randomness import derive_seed
from taojin.evaluation.explanations.config import GradientWeights, LeaningConfig
from taojin.evaluation.explanations.passages import loss_of
from taojin.models.bases import CausalModel
from taojin.models.encoding import ScoredSequence
from taojin.models.ngram_embeddings import NgramEmbeddings

_MATRIX = 2


class GradientSketch:
    """Gradients of a model, each projected to a few numbers.

    Every weight goes, with a random sign, to one of ``projection_size`` sums: inner
    products are kept on average, and cost no matrix (count sketch: Charikar, Chen and
    Farach-Colton 2002; Weinberger et al. 2009). Sketches are of length 1, so that
    their products are cosines: long gradients, of odd texts, would be near to all
    others (Barshan, Brunet and Dziugaite 2020; Xia et al. 2024, arXiv:2402.04333).

    Args:
        model: In evaluation mode; its weights are not changed.
        config: Which weights, how many numbers, and the seed.

    Raises:
        ConfigurationError: If the model has no such weights.
    """

    def __init__(self, model: CausalModel, config: LeaningConfig) -> None:
        self._model = model
        self._size = config.projection_size
        self._weights = dict(_chosen(model, config.weights))
        if not self._weights:
            message = (
                f"the model has no weights of the kind {config.weights!r}; set weights "
                "to all"
            )
            raise ConfigurationError(message)
        self._places = {
            name: self._draw(weight, derive_seed(config.seed, "sketch", name))
            for name, weight in self._weights.items()
            if self._size is not None
        }

    def of(self, sequence: ScoredSequence) -> Tensor:
        """Sketch of the gradient of the loss, in fp32, on the CPU."""
        weights = list(self._weights.values())
        frozen = [weight for weight in weights if not weight.requires_grad]
        for weight in frozen:
            weight.requires_grad = True
        try:
            with torch.enable_grad():
                loss = loss_of(self._model, sequence)
                found = torch.autograd.grad(loss, weights, allow_unused=True)
        finally:
            for weight in frozen:
                weight.requires_grad = False
        named = zip(self._weights, found, strict=True)
        sketch = self._projected({n: g for n, g in named if g is not None})
        return sketch / sketch.norm().clamp(min=torch.finfo(sketch.dtype).tiny)

    def _projected(self, gradients: dict[str, Tensor]) -> Tensor:
        # Those of tables of n-grams are sparse.
        flat = {n: g.to_dense().float().flatten().cpu() for n, g in gradients.items()}
        if self._size is None:
            return torch.cat(list(flat.values()))
        sketch = torch.zeros(self._size)
        for name, values in flat.items():
            buckets, signs = self._places[name]
            sketch.index_add_(0, buckets, values * signs)
        return sketch

    def _draw(self, weight: Tensor, seed: int) -> tuple[Tensor, Tensor]:
        draw = torch.Generator().manual_seed(seed)
        size = (weight.numel(),)
        buckets = torch.randint(
            self._size or 1, size, generator=draw, dtype=torch.int32
        )
        signs = torch.randint(2, size, generator=draw, dtype=torch.int8)
        return buckets, 2 * signs - 1


def _chosen(
    model: CausalModel, kind: GradientWeights
) -> Iterator[tuple[str, nn.Parameter]]:
    head = {id(weight) for weight in model.lm_head.parameters()}
    embeddings = {
        id(weight)
        for module in model.modules()
        if isinstance(module, nn.Embedding | NgramEmbeddings)
        for weight in module.parameters()
    }
    for name, weight in model.named_parameters():
        inside = weight.ndim >= _MATRIX and id(weight) not in head | embeddings
        if kind == "all" or (inside if kind == "blocks" else id(weight) in head):
            yield name, weight
