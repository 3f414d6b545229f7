"""What a model says to each token of some texts, beside what it says on average.

Shapes: B rows, T tokens of a row, N scored tokens, V vocabulary.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from taojin.core.errors import TrainingError
from taojin.core.progress import progress_bar
from taojin.models.bases import CausalModel
from taojin.models.padding import pad_tokens

_LOGITS_AT_ONCE = 1 << 20
"""So few (4 MB) stay in the caches of a processor from step to step."""
_FEWEST_TOKENS_AT_ONCE = 64


class TokenScores(NamedTuple):
    """Of the tokens of one text after its first, float64, one dimension each.

    Attributes:
        log_probabilities: Of each token, natural logarithm.
        means: Expected log-probability of a token drawn from the model there.
        deviations: Its standard deviation.
    """

    log_probabilities: NDArray[np.float64]
    means: NDArray[np.float64]
    deviations: NDArray[np.float64]


@torch.inference_mode()
def score_tokens(
    model: CausalModel, sequences: Sequence[Sequence[int]], batch_tokens: int
) -> list[TokenScores]:
    """Score every token of every sequence but its first.

    Args:
        model: In evaluation mode, on any device.
        sequences: Two tokens or more each; none longer than the model's context.
        batch_tokens: Tokens a forward pass; changes memory and speed, not the result.

    Returns:
        One entry a sequence, in order.

    Raises:
        TrainingError: If the model gives a likelihood that is not finite.
    """
    device = next(model.parameters()).device
    order = sorted(range(len(sequences)), key=lambda row: -len(sequences[row]))
    scores: list[TokenScores | None] = [None] * len(sequences)
    first = 0
    total = sum(map(len, sequences))
    with progress_bar("score tokens", total, unit="tok") as bar:
        while first < len(order):
            size = max(1, batch_tokens // len(sequences[order[first]]))
            rows = order[first : first + size]
            batch = [sequences[row] for row in rows]
            for row, found in zip(
                rows, _score_batch(model, batch, device), strict=True
            ):
                scores[row] = found
            bar.update(sum(map(len, batch)))
            first += size
    done = [found for found in scores if found is not None]
    num_bad = sum(not np.isfinite(np.stack(found)).all() for found in done)
    if num_bad:
        message = (
            f"the model gives {num_bad} of {len(done)} texts a likelihood that is not "
            "finite; its weights or precision are at fault"
        )
        raise TrainingError(message)
    return done


def _score_batch(
    model: CausalModel, batch: Sequence[Sequence[int]], device: torch.device
) -> list[TokenScores]:
    tokens = pad_tokens(batch).to(device)
    sizes = torch.tensor([len(row) - 1 for row in batch], device=device)
    steps = torch.arange(tokens.shape[1] - 1, device=device)
    # Padding stands on the right: a causal model cannot see it.
    is_scored = steps < sizes[:, None]
    states = model.model(tokens[:, :-1])[is_scored]
    targets = tokens[:, 1:][is_scored]
    at_once = max(_FEWEST_TOKENS_AT_ONCE, _LOGITS_AT_ONCE // model.shape.vocab_size)
    columns = [
        _moments(model.lm_head(some).float(), wanted)
        for some, wanted in zip(
            states.split(at_once), targets.split(at_once), strict=True
        )
    ]
    table = torch.cat(columns, dim=1).double().cpu().numpy()
    ends = np.cumsum([len(row) - 1 for row in batch])[:-1]
    return [TokenScores(*rows) for rows in np.split(table, ends, axis=1)]


def _moments(logits: Tensor, targets: Tensor) -> Tensor:
    """Log-probability, mean and deviation ``[3, N]`` of ``logits [N, V]``."""
    logs = logits.log_softmax(dim=-1)
    probabilities = logs.exp()
    chosen = logs.gather(1, targets[:, None])[:, 0]
    means = torch.linalg.vecdot(probabilities, logs)
    # Centred, so that nothing cancels where the model is sure.
    spread = torch.linalg.vecdot(probabilities, (logs - means[:, None]).square_())
    return torch.stack([chosen, means, spread.sqrt()])
