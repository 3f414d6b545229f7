"""Classifiers and other heads, whoever made their decoder."""

from pathlib import Path
from typing import NamedTuple

from tokenizers import Tokenizer

from taojin.models.bases import is_own
from taojin.models.classifier import SequenceClassifier
from taojin.models.encoding import SequenceEdges, document_edges
from taojin.models.hub_heads import load_hub_classifier
from taojin.models.storage import load_classifier, load_tokenizer
from taojin.models.transformers_import import (
    import_classifier,
    import_tokenizer,
    is_importable_classifier,
)


class LoadedHead(NamedTuple):
    """A head with what is needed to ask it.

    Attributes:
        model: In evaluation mode.
        tokenizer: Turns texts into its tokens.
        edges: Tokens that start and end its sequences.
    """

    model: SequenceClassifier
    tokenizer: Tokenizer
    edges: SequenceEdges


def load_head(directory: str | Path) -> LoadedHead:
    """Load what :func:`taojin.training.finetuning.save_finetuned` wrote of a head.

    Raises:
        CorruptArtifactError: If the folder holds none, or is damaged.
        ConfigurationError: If its decoder is one of Transformers, and the extra is
            not installed.
    """
    if not is_own(Path(directory)):
        found = import_tokenizer(directory)
        if found is None or not is_importable_classifier(directory):
            return LoadedHead(*load_hub_classifier(directory))
        return LoadedHead(import_classifier(directory), *found)
    tokenizer = load_tokenizer(directory)
    return LoadedHead(load_classifier(directory), tokenizer, document_edges(tokenizer))
