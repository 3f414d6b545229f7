"""Classifier guidance after the fact: the best of several texts."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from taojin.generation.config import SamplingConfig
from taojin.generation.preparation import AnyModel, prepare
from taojin.generation.sampling import Generation, sample


def sample_best(
    model: AnyModel,
    tokenizer: Tokenizer,
    prompts: Sequence[str],
    config: SamplingConfig,
    score: Callable[[list[str]], NDArray[np.floating]],
    num_candidates: int = 8,
) -> list[Generation]:
    """Continue every prompt several times and keep the text that scores highest.

    Needs no condition that the model was trained with: any classifier's probability
    of the attribute can be the score. Costs as many texts as there are candidates.

    Args:
        model: The model.
        tokenizer: The one it was trained with.
        prompts: What is continued.
        config: Settings of the draws.
        score: Gives a number a text, the higher the better; texts come candidate by
            candidate, each time one a prompt in order.
        num_candidates: Texts a prompt; 1 or more. The first of equal ones is kept.

    Returns:
        One generation a prompt, in order.
    """
    if not prompts:
        return []
    # Every candidate has its own place in the list, and so its own draws.
    repeated = list(prompts) * num_candidates
    ready = prepare(model, config.precision)
    plain = config.model_copy(update={"precision": None})
    texts = sample(ready, tokenizer, repeated, plain)
    scores = np.asarray(score([one.text for one in texts]))
    best = scores.reshape(num_candidates, len(prompts)).argmax(0)
    return [texts[row * len(prompts) + place] for place, row in enumerate(best)]
