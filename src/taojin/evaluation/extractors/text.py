"""Features of texts: states of a language model, averaged over the tokens."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from taojin.core.config import StageConfig
from taojin.core.errors import ConfigurationError, DataError
from taojin.core.fingerprints import fingerprint_of, hash_bytes
from taojin.core.progress import progress_bar
from taojin.evaluation.features import FeatureTable
from taojin.models.bases import Base, CausalModel, load_base
from taojin.models.encoding import encode_document
from taojin.models.hub import HubLanguageModel, decoder_of


class HiddenStateConfig(StageConfig):
    """Which states of a language model are features."""

    layer: int = -1
    """Block after which they are read: 1 is the first, -1 the last. Those of the last
    one are normalised, as its output matrix reads them."""
    max_tokens: int | None = Field(default=None, ge=2)
    """Longer texts lose their end; null takes as many as the model sees."""


class HiddenStateExtractor:
    """Mean state of a text's tokens in a language model.

    Texts are computed one by one: a sum of products may be rounded differently where
    its batch has another size, and features must not depend on what else is computed.

    Attributes:
        fingerprint: Hash of weights, tokenizer and settings, wherever they lie.
    """

    def __init__(self, base: Base, config: HiddenStateConfig | None = None) -> None:
        """Take a model.

        Args:
            base: Model in evaluation mode, on any device, with its tokenizer.
            config: Layer and length.

        Raises:
            ConfigurationError: If the model has no such layer.
        """
        self._base = base
        self._config = config or HiddenStateConfig()
        self._layer = _layer_number(base.model, self._config.layer)
        limit = self._config.max_tokens or base.context_length
        self._max_tokens = min(limit, base.context_length)
        self.fingerprint = fingerprint_of(
            "hidden states",
            self._layer,
            self._max_tokens,
            list(base.edges),
            _weights_of(base.model),
            base.tokenizer.to_str(),
        )

    @classmethod
    def load(
        cls, directory: str | Path, config: HiddenStateConfig | None = None
    ) -> "HiddenStateExtractor":
        """Load a model's folder, ours or one of Transformers.

        Raises:
            CorruptArtifactError: If it is neither, or damaged.
            ConfigurationError: If the model has no such layer, or it is one of
                Transformers and the extra is not installed.
        """
        return cls(load_base(directory), config)

    @torch.inference_mode()
    def extract(self, items: Sequence[str]) -> FeatureTable:
        """Features of texts, a row a text, in order.

        The token that starts every sequence counts only where a text is empty.

        Raises:
            DataError: If there is no text, or a state is not finite.
        """
        if not len(items):
            message = "there are no texts to extract features of; generate or read some"
            raise DataError(message)
        base, rows = self._base, []
        device = next(base.model.parameters()).device
        with progress_bar("features", len(items), unit="text") as bar:
            for text in items:
                tokens = encode_document(
                    base.tokenizer, text, self._max_tokens, base.edges
                )
                batch = torch.tensor([tokens], device=device)
                states = _states(base.model, batch, self._layer)[0]
                rows.append(_mean(states))
                bar.update(1)
        return FeatureTable(np.stack(rows), self.fingerprint)


def _mean(states: Tensor) -> NDArray[np.float64]:
    text = states[1:] if len(states) > 1 else states
    return text.double().mean(dim=0).cpu().numpy()


def _states(model: CausalModel, tokens: Tensor, layer: int) -> Tensor:
    """States ``[rows, length, width]`` after a block, 1 being the first."""
    if isinstance(model, HubLanguageModel):
        made = decoder_of(model.network)(
            tokens, use_cache=False, output_hidden_states=True
        )
        return made.hidden_states[layer]
    if layer == len(model.model.layers):
        return model.model(tokens)
    found: list[Tensor] = []

    def keep(_block: nn.Module, _given: object, states: Tensor) -> None:
        found.append(states)

    hook = model.model.layers[layer - 1].register_forward_hook(keep)
    try:
        model.model(tokens)
    finally:
        hook.remove()
    return found[0]


def _layer_number(model: CausalModel, layer: int) -> int:
    num_layers = model.shape.num_hidden_layers
    number = layer + num_layers + 1 if layer < 0 else layer
    if not 1 <= number <= num_layers:
        message = (
            f"layer is {layer}, and the model has {num_layers} blocks; give 1 to "
            f"{num_layers}, or -1 to -{num_layers} from the last"
        )
        raise ConfigurationError(message)
    return number


def _weights_of(model: nn.Module) -> list[tuple[str, str, list[int], str]]:
    hashes = []
    for name, tensor in sorted(model.state_dict().items()):
        content = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
        digest = hash_bytes(content.numpy().tobytes())
        hashes.append((name, str(tensor.dtype), list(tensor.shape), digest))
    return hashes
