"""Models of our own that came from Transformers, written as they came."""

import json
import shutil
from pathlib import Path
from typing import Any

from torch import nn

from taojin.core.files import atomic_directory
from taojin.models.classifier import SequenceClassifier
from taojin.models.config import LAST_POOLING_ARCHITECTURE
from taojin.models.encoding import SequenceEdges
from taojin.models.hub import copy_tokenizer, replace_template
from taojin.models.language_model import LanguageModel
from taojin.models.storage import (
    CONFIG,
    GENERATION_CONFIG,
    HEAD,
    PROBLEM_TYPES,
    WEIGHTS,
    weights_of,
)
from taojin.models.tensor_files import write_tensors


def export_language_model(
    model: LanguageModel,
    directory: str | Path,
    base: str | Path,
    chat_template: str | None = None,
    tokenizer_json: str | None = None,
) -> None:
    """Write a folder that Transformers reads, as its base is one.

    Args:
        model: What :func:`taojin.models.transformers_import.import_language_model`
            loaded, and training has changed.
        directory: The folder; replaced if it exists.
        base: Folder that it was loaded from; its tokenizer and settings are copied.
        chat_template: Of the model's conversations; null keeps the base's.
        tokenizer_json: Of the model, if it has more tokens than the base's.
    """
    with atomic_directory(directory) as folder:
        _write(model, folder, Path(base), {"vocab_size": model.shape.vocab_size})
        copy_tokenizer(base, folder, tokenizer_json)
        settings = Path(base) / GENERATION_CONFIG
        if settings.exists():
            shutil.copy(settings, folder / GENERATION_CONFIG)
        if chat_template is not None:
            replace_template(folder, chat_template)


def export_classifier(
    model: SequenceClassifier,
    directory: str | Path,
    base: str | Path,
    edges: SequenceEdges,
) -> None:
    """Write a folder that ``AutoModelForSequenceClassification`` reads.

    What it has no word for stands in its ``config.json`` beside the rest, as
    :func:`taojin.models.hub_heads.save_hub_classifier` writes it.

    Args:
        model: On a decoder of ours that was imported.
        directory: The folder; replaced if it exists.
        base: Folder that the decoder was loaded from.
        edges: Of its sequences; the last token pads.
    """
    changes = {
        "architectures": [LAST_POOLING_ARCHITECTURE],
        **head_config(model, edges),
    }
    with atomic_directory(directory) as folder:
        _write(model, folder, Path(base), changes)
        copy_tokenizer(base, folder)


def head_config(model: SequenceClassifier, edges: SequenceEdges) -> dict[str, Any]:
    """What a head adds to the ``config.json`` of its decoder."""
    return {
        "num_labels": len(model.labels),
        "id2label": {str(place): name for place, name in enumerate(model.labels)},
        "label2id": {name: place for place, name in enumerate(model.labels)},
        "problem_type": PROBLEM_TYPES.get(model.task, "single_label_classification"),
        "pad_token_id": edges.end,
        HEAD: {
            "task": model.task,
            "scaling": model.scaling,
            "pooling": model.pooling,
            "max_tokens": model.shape.max_position_embeddings,
        },
    }


def _write(model: nn.Module, folder: Path, base: Path, changes: dict[str, Any]) -> None:
    content = json.loads((base / CONFIG).read_text(encoding="utf-8"))
    # Both names of what was bf16 perhaps, and is trained in fp32.
    content |= {**changes, "dtype": "float32", "torch_dtype": "float32"}
    write_tensors(weights_of(model), folder / WEIGHTS)
    path = folder / CONFIG
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
