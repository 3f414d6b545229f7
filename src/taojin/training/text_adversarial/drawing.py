"""Sentences drawn from a language model as tokens, over a cache of keys and values.

Texts for people are drawn by :mod:`taojin.generation.sampling`. Here tokens are needed
as they were drawn, at temperature 1 and without filters: importance weights and
gradients of rewards are right for the model's own distribution only.
"""

import torch

from taojin.models.inference import InferenceModel
from taojin.models.language_model import LanguageModel

_ROWS_AT_ONCE = 256


@torch.no_grad()
def draw_sentences(
    model: LanguageModel,
    edge: int,
    num_sentences: int,
    max_tokens: int,
    random: torch.Generator | None = None,
) -> list[list[int]]:
    """Draw sentences, each between two end-of-document tokens.

    Args:
        model: Its weights are copied first.
        edge: The end-of-document token.
        num_sentences: How many.
        max_tokens: Words of a sentence at most; a longer one is closed there.
        random: Where numbers are drawn from; None is torch's global generator.
    """
    ready = InferenceModel(model)
    num_new = min(max_tokens + 1, ready.context_length)
    sentences: list[list[int]] = []
    for start in range(0, num_sentences, _ROWS_AT_ONCE):
        size = min(_ROWS_AT_ONCE, num_sentences - start)
        sentences += _draw_rows(ready, edge, size, num_new, random)
    return sentences


def _draw_rows(
    model: InferenceModel,
    edge: int,
    num_rows: int,
    num_new: int,
    random: torch.Generator | None,
) -> list[list[int]]:
    text = model.begin([[edge]] * num_rows, num_new)
    written = [[edge] for _ in range(num_rows)]
    live = list(range(num_rows))
    for step in range(num_new):
        shares = text.logits.float().softmax(-1)
        chosen = torch.multinomial(shares, 1, generator=random)[:, 0]
        tokens = chosen.tolist()
        for row, token in zip(live, tokens, strict=True):
            written[row].append(token)
        kept = [place for place, token in enumerate(tokens) if token != edge]
        if not kept or step + 1 == num_new:
            break
        places = torch.tensor(kept, device=chosen.device)
        if len(kept) < len(live):
            text.keep_rows(places)
            live = [live[place] for place in kept]
        text.append(chosen[places])
    for row in written:
        row[-1] = edge  # closes those that have not ended
    return written
