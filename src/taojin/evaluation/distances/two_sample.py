"""Classifier two-sample test (Lopez-Paz and Oquab 2017): can they be told apart?

A classifier learns to tell generated items from real ones; judged on items it has
not seen, its area under the curve is 0.5 where nothing gives them away and 1 where
everything does. Unlike distances it finds a difference in any direction, and says
nothing about how large that is.
"""

import warnings
from statistics import NormalDist
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import stats
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from taojin.core.config import StageConfig
from taojin.core.estimates import Estimate
from taojin.core.randomness import derive_seed, generator
from taojin.evaluation.distances.draws import POWER, Rows
from taojin.evaluation.features import (
    FeatureTable,
    canonical_rows,
    require_same_extractor,
)
from taojin.evaluation.scores import Score, require_items
from taojin.evaluation.separation import area_under_curve

_CHANCE = 0.5
_PASSES = 60
_LEARNING_RATE = 0.01
"""Of the network; with the library's default it has hardly begun after these passes."""


class TwoSampleConfig(StageConfig):
    """The classifier and how it is judged."""

    classifier: Literal["logistic", "network"] = "logistic"
    """``logistic`` sees shifts of features; ``network``, one hidden layer, also what
    lies in their combinations, at ten times the cost."""
    num_folds: int = Field(default=5, ge=2, le=20)
    """Parts of which each is judged by a classifier of the others."""
    penalty: float = Field(default=1.0, gt=0.0)
    """Weight decay of the classifier, on features of unit variance."""
    num_hidden: int = Field(default=32, ge=1)
    """Width of the network."""
    max_items: int = Field(default=5000, ge=8)
    """Compare at most so many items of each side."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1.0)
    """Nominal coverage."""
    num_permutations: int = Field(default=20, ge=10)
    """Trainings on shuffled labels, from which the spread without a difference is
    known; of all costs nearly the whole."""
    seed: int = Field(default=0, ge=0)


class TwoSampleTest(NamedTuple):
    """What a classifier made of two sets.

    Attributes:
        auc: Area under the curve, mean over folds.
        error: Its standard error.
        null_error: The same if the sets are alike.
        p_value: Chance of such an area or a larger one if they are.
        num_items: Of each side.
    """

    auc: float
    error: float
    null_error: float
    p_value: float
    num_items: int


def two_sample_test(
    items: Rows, reference: Rows, config: TwoSampleConfig
) -> TwoSampleTest:
    """Train and judge classifiers on equal numbers of both sets.

    The area is computed fold by fold: scores of different classifiers are not
    comparable, and together they would push it below 0.5 where there is nothing to
    find. Folds are not independent, for each trains the classifiers of all others; by
    how much that widens the area's spread, shuffled labels tell, and the error for
    independent ones (DeLong et al. 1988) is widened as much.

    Args:
        items: ``[n, dims]``; the order makes no difference.
        reference: ``[m, dims]``.
        config: Classifier, folds, seed.
    """
    size = min(len(items), len(reference), config.max_items)
    sides = []
    for rows in (items, reference):
        # The same permutation for both: where the sets are one, every fold holds
        # out the same items of each, and an item never stands on both sides.
        order = generator(config.seed, "two samples").permutation(len(rows))
        sides.append(canonical_rows(rows)[order[:size]])
    value, variance = _cross_validated(sides, config)
    pool, shuffled = np.concatenate(sides), []
    for number in range(config.num_permutations):
        order = generator(config.seed, "shuffled", number).permutation(2 * size)
        parts = [pool[order[:size]], pool[order[size:]]]
        shuffled.append(_cross_validated(parts, config)[0])
    # 0.5 is known to be the mean.
    spread = float(np.sqrt(np.mean((np.array(shuffled) - _CHANCE) ** 2)))
    independent = float(np.sqrt((2 * size + 1) / 12.0)) / size  # Mann and Whitney 1947
    null_error = max(spread, independent)
    error = float(np.sqrt(variance)) * null_error / independent
    p_value = stats.t.sf((value - _CHANCE) / null_error, config.num_permutations)
    return TwoSampleTest(value, error, null_error, float(p_value), size)


def score_two_sample(
    generated: FeatureTable,
    real: FeatureTable,
    other: FeatureTable | None,
    config: TwoSampleConfig,
) -> Score:
    """Score how well generated items can be told from real ones.

    Real items get 0.5 on average, at any number. With other real items the null is
    what they get, for another time or place can be told apart, too.

    Args:
        generated: What is judged.
        real: What it should be like.
        other: More real items.
        config: Classifier, folds, seed.

    Raises:
        DataError: If the extractors differ, or there are too few items.
    """
    extractor = require_same_extractor(generated, real, other)
    needed = 4 * config.num_folds
    require_items("two_sample_auc", len(generated), needed)
    require_items("two_sample_auc", len(real), needed, "real")
    found = two_sample_test(generated.values, real.values, config)
    null = _estimate(_CHANCE, found.null_error, found, config)
    if other is not None:
        require_items("two_sample_auc", len(other), needed, "other real")
        among_real = two_sample_test(other.values, real.values, config)
        error = max(found.null_error, among_real.error)
        null = _estimate(among_real.auc, error, found, config)
    reach = null.high - null.value
    return Score(
        name="two_sample_auc",
        axis="realism",
        better="lower",
        estimate=_estimate(found.auc, found.error, found, config),
        null=null,
        min_detectable=reach + NormalDist().inv_cdf(POWER) * found.null_error,
        extractor=extractor,
        num_generated=found.num_items,
        num_real=found.num_items,
    )


def _cross_validated(sides: list[Rows], config: TwoSampleConfig) -> tuple[float, float]:
    """Mean area over folds, and its variance were they independent."""
    folds = np.arange(len(sides[0])) % config.num_folds
    areas, variances = [], []
    for fold in range(config.num_folds):
        known = np.concatenate([rows[folds != fold] for rows in sides])
        labels = np.repeat([1, 0], len(known) // 2)
        model = _fitted(known, labels, config)
        area, variance = area_under_curve(
            *(_scores(model, rows[folds == fold]) for rows in sides)
        )
        areas.append(area)
        variances.append(variance)
    return float(np.mean(areas)), float(np.mean(variances)) / config.num_folds


def _fitted(rows: Rows, labels: NDArray[np.int64], config: TwoSampleConfig) -> Pipeline:
    with warnings.catch_warnings():
        # A fixed number of passes is meant.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return _classifier(config).fit(rows, labels)


def _classifier(config: TwoSampleConfig) -> Pipeline:
    if config.classifier == "logistic":
        model = LogisticRegression(C=1.0 / config.penalty, max_iter=300)
        return make_pipeline(StandardScaler(), model)
    network = MLPClassifier(
        (config.num_hidden,),
        alpha=config.penalty,
        max_iter=_PASSES,
        learning_rate_init=_LEARNING_RATE,
        random_state=derive_seed(config.seed, "network") % (1 << 31),
    )
    return make_pipeline(StandardScaler(), network)


def _scores(model: Pipeline, rows: Rows) -> NDArray[np.float64]:
    return model.predict_proba(rows)[:, 1]


def _estimate(
    value: float, error: float, found: TwoSampleTest, config: TwoSampleConfig
) -> Estimate:
    upper = (1.0 + config.confidence) / 2.0
    width = float(stats.t.ppf(upper, config.num_permutations)) * error
    return Estimate(
        value=value,
        low=min(value, max(0.0, value - width)),
        high=max(value, min(1.0, value + width)),
        num_samples=found.num_items,
        confidence=config.confidence,
    )
