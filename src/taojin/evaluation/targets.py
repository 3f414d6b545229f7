"""How surprising the right answers are to a model that is given the prompts."""

import numpy as np
import pandas as pd
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from taojin.models.encoding import PromptedSequence, encode_prompted, end_of_document
from taojin.models.language_model import LanguageModel

_BATCH_SIZE = 32
_IGNORED = -100
"""Target of positions that do not count; the default of PyTorch's cross entropy."""


@torch.inference_mode()
def target_losses(
    model: LanguageModel, tokenizer: Tokenizer, examples: pd.DataFrame
) -> pd.DataFrame:
    """Score the targets of examples, given their prompts.

    Args:
        model: A language model, in evaluation mode.
        tokenizer: The one it was trained with.
        examples: Columns ``document_id``, ``prompt``, ``target``. Not changed.

    Returns:
        ``document_id``; ``nats`` of the target and of its end; ``num_bytes`` of the
        target in UTF-8; one row an example, in order.
    """
    limit = model.shape.max_position_embeddings
    sequences = [
        encode_prompted(tokenizer, prompt, target, limit)
        for prompt, target in zip(examples["prompt"], examples["target"], strict=True)
    ]
    padding = end_of_document(tokenizer)
    # Sequences of like length together: padding is computed in vain.
    order = np.argsort([len(sequence.tokens) for sequence in sequences], kind="stable")
    nats = np.zeros(len(sequences))
    for start in range(0, len(order), _BATCH_SIZE):
        rows = order[start : start + _BATCH_SIZE]
        nats[rows] = _nats(model, [sequences[row] for row in rows], padding)
    return pd.DataFrame(
        {
            "document_id": examples["document_id"].to_numpy(),
            "nats": nats,
            "num_bytes": [len(target.encode()) for target in examples["target"]],
        }
    )


def _nats(
    model: LanguageModel, sequences: list[PromptedSequence], padding: int
) -> np.ndarray:
    """Sum the loss over each sequence's answer; shape ``(len(sequences),)``."""
    longest = max(len(sequence.tokens) for sequence in sequences)
    tokens = torch.full((len(sequences), longest), padding)
    targets = torch.full((len(sequences), longest - 1), _IGNORED)
    for row, (ids, num_given) in enumerate(sequences):
        tokens[row, : len(ids)] = torch.tensor(ids)
        targets[row, num_given - 1 : len(ids) - 1] = torch.tensor(ids[num_given:])
    logits: Tensor = model(tokens[:, :-1])
    losses = functional.cross_entropy(
        logits.transpose(1, 2).float(),
        targets,
        ignore_index=_IGNORED,
        reduction="none",
    )
    return losses.sum(dim=1).double().numpy()
