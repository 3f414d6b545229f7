"""Texts as token sequences of which some predictions are scored."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from taojin.models.bases import Base, CausalModel
from taojin.models.encoding import ScoredSequence, encode, encode_prompted
from taojin.models.padding import pad_tokens


class Passage(NamedTuple):
    """A part of a document.

    Attributes:
        document: Place of its document.
        sequence: Its tokens after the one that starts a text; all are scored.
    """

    document: int
    sequence: ScoredSequence


def generated_sequence(base: Base, prompt: str, text: str) -> ScoredSequence:
    """A prompt and what was generated after it, which alone is scored."""
    limit = base.context_length
    prompted = encode_prompted(base.tokenizer, prompt, text, limit, base.edges)
    return ScoredSequence.of_prompted(prompted)


def passages_of(base: Base, documents: Sequence[str], max_tokens: int) -> list[Passage]:
    """Cut documents, each with the token that ends it, into passages.

    A document without a token of its own has none.
    """
    room = min(max_tokens, base.context_length) - 1
    found: list[Passage] = []
    for place, text in enumerate(documents):
        own = encode(base.tokenizer, text)
        tokens = [*own, base.edges.end] if own else []
        for first in range(0, len(tokens), room):
            part = [base.edges.start, *tokens[first : first + room]]
            scored = [False] + [True] * (len(part) - 1)
            found.append(Passage(place, ScoredSequence(part, scored)))
    return found


def loss_of(model: CausalModel, sequence: ScoredSequence) -> Tensor:
    """Mean nats of the scored tokens; a scalar that can be differentiated."""
    device = next(model.parameters()).device
    tokens = torch.tensor([sequence.tokens], device=device)
    scored = torch.tensor(sequence.scored[1:], device=device)
    logits = model(tokens[:, :-1])[0].float()
    return functional.cross_entropy(logits[scored], tokens[0, 1:][scored])


@torch.no_grad()
def representations(
    model: CausalModel, sequences: Sequence[ScoredSequence], batch_size: int
) -> Tensor:
    """Mean last states of the scored tokens, ``[sequences, width]``, in fp32.

    Args:
        model: Of language, in evaluation mode.
        sequences: At least one, each with a scored token.
        batch_size: Sequences computed at once.
    """
    device = next(model.parameters()).device
    order = sorted(range(len(sequences)), key=lambda row: len(sequences[row].tokens))
    means: list[Tensor] = []
    for start in range(0, len(order), batch_size):
        rows = [sequences[row] for row in order[start : start + batch_size]]
        tokens = pad_tokens([row.tokens for row in rows]).to(device)
        scored = pad_tokens([[int(s) for s in row.scored] for row in rows]).to(device)
        states = model.model(tokens).float() * scored[..., None]
        means.append((states.sum(1) / scored.sum(1, keepdim=True)).cpu())
    places = torch.empty(len(order), dtype=torch.long)
    places[torch.tensor(order)] = torch.arange(len(order))
    return torch.cat(means)[places]
