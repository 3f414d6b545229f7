"""Active learning: which texts a person should label next."""

from typing import NamedTuple

import numpy as np
from scipy.special import entr

from taojin.core.errors import ConfigurationError
from taojin.core.randomness import generator
from taojin.training.semi_supervised.config import ActiveLearningConfig

REASONS = {
    "random": "random",
    "least_confidence": "low_confidence",
    "margin": "close_call",
    "entropy": "undecided",
    "k_centre": "unlike_labelled",
    "badge": "large_gradient",
    "margin_k_centre": "close_call_unlike_labelled",
}
"""Why a strategy suggests a text, in one stable word."""


class Unlabelled(NamedTuple):
    """Texts that could be labelled.

    Attributes:
        features: ``[texts, dimensions]``.
        probabilities: What the student answers, ``[texts, classes]``.
    """

    features: np.ndarray
    probabilities: np.ndarray


class Choice(NamedTuple):
    """Texts to label, the most useful first.

    Attributes:
        places: Positions among the unlabelled texts.
        scores: What each was chosen by: 1 - confidence, 1 - margin, entropy (nats),
            distance from the nearest labelled or chosen text, or size of the
            gradient; not comparable between strategies. 0 for ``random``.
    """

    places: np.ndarray
    scores: np.ndarray


def margins(probabilities: np.ndarray) -> np.ndarray:
    """By how much each first class is ahead of the second, 0 to 1."""
    if probabilities.shape[1] == 1:
        return probabilities[:, 0]
    best = np.partition(probabilities, -2, axis=1)
    return best[:, -1] - best[:, -2]


def choose(
    unlabelled: Unlabelled,
    labelled: np.ndarray,
    number: int,
    config: ActiveLearningConfig,
) -> Choice:
    """Choose texts to label next.

    * ``random``: any, the baseline that others must beat;
    * ``least_confidence``, ``margin``, ``entropy``: what the student is unsure of
      (Settles 2009);
    * ``k_centre``: what is farthest from all that is labelled or chosen (Sener and
      Savarese 2018);
    * ``badge``: what would change the student most, and in different directions
      (Ash et al. 2020);
    * ``margin_k_centre``: k-centre among the closest calls.

    Args:
        unlabelled: Texts to choose from; not changed.
        labelled: Features of texts that have labels, ``[texts, dimensions]``.
        number: How many to choose; all if there are fewer.
        config: ``strategy``, ``shortlist_factor`` and ``seed`` count.

    Raises:
        ConfigurationError: If the strategy is unknown.
    """
    number = min(number, len(unlabelled.features))
    strategy = config.strategy
    if strategy == "random":
        order = generator(config.seed, "random").permutation(len(unlabelled.features))
        return Choice(order[:number], np.zeros(number))
    if strategy == "k_centre":
        return _farthest(unlabelled.features, labelled, number)
    if strategy == "badge":
        return _spread_gradients(unlabelled, number, config.seed)
    if strategy == "margin_k_centre":
        short = _largest(
            1.0 - margins(unlabelled.probabilities), config.shortlist_factor * number
        )
        chosen = _farthest(unlabelled.features[short.places], labelled, number)
        return Choice(short.places[chosen.places], chosen.scores)
    return _largest(_doubt(unlabelled.probabilities, strategy), number)


def _doubt(probabilities: np.ndarray, strategy: str) -> np.ndarray:
    if strategy == "least_confidence":
        return 1.0 - probabilities.max(axis=1)
    if strategy == "margin":
        return 1.0 - margins(probabilities)
    if strategy == "entropy":
        return entr(probabilities).sum(axis=1)
    message = f"active_learning.strategy is {strategy!r}; it is one of {list(REASONS)}"
    raise ConfigurationError(message)


def _largest(scores: np.ndarray, number: int) -> Choice:
    """The largest scores in order; equal ones in the order of the texts."""
    places = np.argsort(-scores, kind="stable")[:number]
    return Choice(places, scores[places])


def _farthest(features: np.ndarray, labelled: np.ndarray, number: int) -> Choice:
    """Greedy k-centre: again and again the text farthest from all taken ones."""
    squares = (features**2).sum(axis=1)
    distances = np.full(len(features), np.inf)
    for centre in labelled:
        np.minimum(distances, _squared(features, squares, centre), out=distances)
    places, scores = [], []
    for _ in range(number):
        place = int(distances.argmax())
        places.append(place)
        scores.append(distances[place])
        nearer = _squared(features, squares, features[place])
        np.minimum(distances, nearer, out=distances)
        distances[place] = -np.inf  # taken, even where its twin is not
    # Without any label the first is as far as can be, which is no number.
    finite = np.nan_to_num(np.array(scores, float), posinf=0.0)
    return Choice(np.array(places, int), np.sqrt(np.maximum(finite, 0.0)))


def _squared(
    features: np.ndarray, squares: np.ndarray, centre: np.ndarray
) -> np.ndarray:
    return np.maximum(squares - 2 * (features @ centre) + centre @ centre, 0.0)


def _spread_gradients(unlabelled: Unlabelled, number: int, seed: int) -> Choice:
    """K-means++ over the gradients that the predicted labels would cause.

    The gradient of a linear head is the outer product of error and features, so
    that inner products of gradients are products of two small ones.
    """
    errors = unlabelled.probabilities.copy()
    rows = np.arange(len(errors))
    errors[rows, errors.argmax(axis=1)] -= 1.0
    features = unlabelled.features
    squares = (errors**2).sum(axis=1) * (features**2).sum(axis=1)
    random = generator(seed, "badge")
    distances = squares.copy()
    places: list[int] = []
    for _ in range(number):
        place = _next_centre(distances, places, random)
        places.append(place)
        inner = (errors @ errors[place]) * (features @ features[place])
        gaps = np.maximum(squares + squares[place] - 2 * inner, 0.0)
        distances = np.minimum(distances, gaps) if len(places) > 1 else gaps
        distances[places] = 0.0
    chosen = np.array(places, int)
    return Choice(chosen, np.sqrt(squares[chosen]))


def _next_centre(
    distances: np.ndarray, taken: list[int], random: np.random.Generator
) -> int:
    """The largest gradient first, then any in proportion to its squared distance."""
    if not taken:
        return int(distances.argmax())
    total = distances.sum()
    if total > 0.0:
        return int(random.choice(len(distances), p=distances / total))
    # Only twins of what is taken are left.
    left = np.setdiff1d(np.arange(len(distances)), taken)
    return int(left[0])
