"""Several documents in one row of tokens, each as if it stood alone."""

import torch
from torch import Tensor


def document_mask(documents: Tensor) -> Tensor:
    """Which tokens each token sees: those before it in its own document, and itself.

    Args:
        documents: Number of the document of each token, ``[rows, length]``.

    Returns:
        ``[rows, 1, length, length]``; true where the token of the row sees the one
        of the column.
    """
    length = documents.shape[1]
    causal = torch.ones(length, length, dtype=torch.bool, device=documents.device)
    same = documents[:, :, None] == documents[:, None, :]
    return (same & causal.tril())[:, None]


def document_positions(documents: Tensor) -> Tensor:
    """Position of each token within the part of its document that the row holds.

    Args:
        documents: Number of the document of each token, ``[rows, length]``; tokens of
            one document lie together.

    Returns:
        ``[rows, length]``, from 0 in each document.
    """
    places = torch.arange(documents.shape[1], device=documents.device)
    starts = torch.ones_like(documents, dtype=torch.bool)
    starts[:, 1:] = documents[:, 1:] != documents[:, :-1]
    return places - torch.where(starts, places, 0).cummax(dim=1).values
