"""What finetuning starts from: our own model or any other of its kind."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from taojin.core.errors import ConfigurationError
from taojin.core.randomness import derive_seed
from taojin.models.encoding import SequenceEdges, document_edges
from taojin.models.hub import (
    HubLanguageModel,
    load_hub_model,
    load_hub_tokenizer,
    save_hub_model,
    untrained_like,
)
from taojin.models.language_model import LanguageModel
from taojin.models.storage import (
    MANIFEST,
    TOKENIZER,
    load_language_model,
    load_tokenizer,
    save_model,
)
from taojin.models.transformers_export import export_language_model
from taojin.models.transformers_import import (
    import_language_model,
    import_tokenizer,
    is_importable,
)

CausalModel = LanguageModel | HubLanguageModel
"""What predicts next tokens."""


@dataclass(frozen=True)
class Base:
    """A language model with what is needed to talk to it.

    Attributes:
        model: In evaluation mode.
        tokenizer: Turns texts into its tokens.
        edges: Tokens that start and end its sequences.
    """

    model: CausalModel
    tokenizer: Tokenizer
    edges: SequenceEdges

    @property
    def context_length(self) -> int:
        """Tokens that the model sees at most."""
        return self.model.shape.max_position_embeddings


def load_base(directory: str | Path) -> Base:
    """Load a folder of :func:`~taojin.models.storage.save_model`, or of Transformers.

    What Transformers wrote becomes a model of ours where our decoder is the same
    function, which is faster and needs no extra.

    Raises:
        CorruptArtifactError: If it is neither, or damaged.
        ConfigurationError: If there is no such folder, or it needs Transformers and the
            extra is not installed.
    """
    if not Path(directory).is_dir():
        message = (
            f"there is no folder {directory} to load a model from; give one with "
            "config.json, model.safetensors and tokenizer.json (names of models on a hub "
            "are not looked up)"
        )
        raise ConfigurationError(message)
    if is_own(Path(directory)):
        tokenizer = load_tokenizer(directory)
        model = load_language_model(directory)
        return Base(model, tokenizer, document_edges(tokenizer))
    if is_importable(directory):
        found = import_tokenizer(directory) or load_hub_tokenizer(directory)
        return Base(import_language_model(directory), *found)
    return Base(*load_hub_model(directory))


def untrained(model: CausalModel, seed: int) -> CausalModel:
    """A model of the same shape with new weights, which depend on the seed alone."""
    with torch.random.fork_rng():
        torch.manual_seed(derive_seed(seed, "weights"))
        if isinstance(model, HubLanguageModel):
            return untrained_like(model)
        return LanguageModel(model.shape)


def save_language_model(
    model: CausalModel,
    directory: str | Path,
    base: str | Path,
    chat_template: str | None = None,
    tokenizer: Tokenizer | None = None,
) -> None:
    """Write a folder that Transformers reads, in the format that its base had.

    Args:
        model: Without adapters; see :func:`taojin.models.adapters.merge_adapters`.
        directory: The folder; replaced if it exists.
        base: Folder whose tokenizer the model has.
        chat_template: Of the model's conversations.
        tokenizer: Of the model, if it has more tokens than the base's.
    """
    content = None if tokenizer is None else tokenizer.to_str()
    if isinstance(model, HubLanguageModel):
        save_hub_model(model, directory, base, chat_template, content)
    elif not is_own(Path(base)):
        export_language_model(model, directory, base, chat_template, content)
    else:
        content = content or (Path(base) / TOKENIZER).read_text(encoding="utf-8")
        save_model(model, directory, content, chat_template)


def chosen_logits(
    model: CausalModel,
    tokens: Tensor,
    chosen: Tensor,
    documents: Tensor | None = None,
) -> Tensor:
    """Logits ``[chosen, vocabulary]`` after some tokens only, in fp32.

    The output matrix is often half of the work.

    Args:
        model: Of language.
        tokens: ``[rows, length]``, padded to the right.
        chosen: Where logits are wanted; truth values of the same shape.
        documents: Number of the document of each token; by default a row is one.
    """
    states = model.model(tokens, documents=documents)
    return model.lm_head(states[chosen]).float()


def is_own(folder: Path) -> bool:
    """Whether our storage wrote a folder; its manifest lists the files' hashes."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and "files" in manifest
