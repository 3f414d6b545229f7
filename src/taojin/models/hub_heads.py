"""Heads on the decoders of Transformers, saved as Transformers does."""

import json
from pathlib import Path
from typing import Any, cast

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from taojin.core.errors import ConfigurationError, CorruptArtifactError
from taojin.core.files import atomic_directory
from taojin.models.classifier import Scaling, SequenceClassifier
from taojin.models.config import DecoderShape
from taojin.models.encoding import SequenceEdges
from taojin.models.hub import (
    HubLanguageModel,
    copy_tokenizer,
    decoder_of,
    load_hub_tokenizer,
    shape_of,
    transformers_library,
)
from taojin.models.storage import HEAD
from taojin.models.transformers_export import head_config

_CONFIG = "config.json"


class HubDecoder(nn.Module):
    """A decoder of Transformers in the place of ours, below a head.

    Attributes:
        network: Without its output matrix.
        shape: Its numbers; the context is the one that the head is trained on.
    """

    def __init__(self, network: nn.Module, shape: DecoderShape) -> None:
        super().__init__()
        self.network = network
        self.shape = shape

    def forward(self, tokens: Tensor) -> Tensor:
        """States ``[rows, length, width]`` of tokens that are padded to the right."""
        return self.network(tokens, use_cache=False).last_hidden_state


def hub_decoder(model: HubLanguageModel, max_tokens: int) -> HubDecoder:
    """The decoder of a language model; they share their weights."""
    shape = model.shape.model_copy(update={"max_position_embeddings": max_tokens})
    return HubDecoder(decoder_of(model.network), shape)


def save_hub_classifier(
    model: SequenceClassifier, directory: str | Path, base: str | Path
) -> None:
    """Write a folder that ``AutoModelForSequenceClassification`` reads.

    What it has no word for (pooling by the mean, the scale of a regression) stands in
    its ``config.json`` beside the rest. Pooling by the last token is what Transformers
    does; with ``mean`` its logits differ from ours.

    Args:
        model: On a :class:`HubDecoder`, without adapters.
        directory: The folder; replaced if it exists.
        base: Folder whose tokenizer the model has.

    Raises:
        ConfigurationError: If the family has no classifier in Transformers.
    """
    decoder = cast("HubDecoder", model.model)
    config = cast("Any", decoder.network).config
    edges = load_hub_tokenizer(base)[1]
    config = type(config).from_dict(config.to_dict() | head_config(model, edges))
    library = transformers_library()
    try:
        network = library.AutoModelForSequenceClassification.from_config(config)
    except ValueError as error:
        message = (
            f"Transformers has no classifier for {type(config).__name__}: "
            f"{str(error)[:200]}; finetune the base on labels as targets instead"
        )
        raise ConfigurationError(message) from error
    network.base_model.load_state_dict(decoder.network.state_dict())
    with torch.no_grad():
        network.score.weight.copy_(model.score.weight)
    with atomic_directory(directory) as folder:
        network.save_pretrained(folder)
        copy_tokenizer(base, folder)


def load_hub_classifier(
    directory: str | Path,
) -> tuple[SequenceClassifier, Tokenizer, SequenceEdges]:
    """Load what :func:`save_hub_classifier` wrote, in evaluation mode.

    Raises:
        CorruptArtifactError: If the folder is none of such a classifier.
    """
    folder = Path(directory)
    library = transformers_library()
    try:
        content = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
        head: dict[str, Any] = content[HEAD]
        network = library.AutoModelForSequenceClassification.from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, local_files_only=True
        )
        labels = tuple(content["id2label"][str(k)] for k in range(network.num_labels))
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = (
            f"{folder} is no classifier that this project wrote: {str(error)[:300]}; "
            "finetune again"
        )
        raise CorruptArtifactError(message) from error
    shape = shape_of(network).model_copy(
        update={"max_position_embeddings": head["max_tokens"]}
    )
    model = SequenceClassifier(
        shape,
        labels,
        head["pooling"],
        head["task"],
        Scaling(*map(tuple, head["scaling"])) if head["scaling"] else None,
        HubDecoder(network.base_model, shape),
    )
    model.score = network.score
    tokenizer, edges = load_hub_tokenizer(folder)
    return model.eval(), tokenizer, edges
