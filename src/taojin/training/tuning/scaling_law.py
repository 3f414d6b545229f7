"""How the loss falls with model size and tokens: L(N, D) = E + A/N^alpha + B/D^beta.

Hoffmann et al. 2022 (arXiv:2203.15556), approach 3: the Huber loss of the logarithms is
minimised with L-BFGS from many starting points. Sizes and tokens are divided by their
geometric means first, which changes the numbers A and B but not the law.
"""

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize

from taojin.core.errors import DataError
from taojin.core.estimates import Estimate
from taojin.core.randomness import generator
from taojin.training.tuning.scaling_config import ScalingLawConfig

Floats = NDArray[np.float64]

MIN_DISTINCT = 3
"""Sizes that a law needs; and numbers of tokens, or it goes by size alone."""

_NUM_STARTS = 24
"""Of the starting points on the grid the best are descended from."""
_NUM_RESTARTS = 2
_SAMPLE_STEPS = 60
"""The same for each bootstrap sample, beside the optimum of all trials."""
_EXPONENTS = (0.1, 0.25, 0.5, 1.0)
_LOG_TERMS = (-4.0, -2.0, -1.0, 0.0, 1.0)
_BOUNDS = ((-12.0, 8.0), (0.01, 3.0), (-12.0, 8.0), (0.01, 3.0), (-12.0, 8.0))
"""Of log A, alpha, log B, beta, log E."""
_TOKENS = slice(2, 4)
"""Places of log B and beta."""
_NO_TERM = -40.0
"""Logarithm of a term that is left out: it adds nothing in double precision."""


@dataclass(frozen=True)
class ScalingLaw:
    """A fitted law.

    Attributes:
        irreducible: E, in nats a token: what no size and no text takes away.
        size_scale: A.
        size_exponent: alpha.
        tokens_scale: B; 0 where tokens were too much alike to be told apart, E then
            holds their part.
        tokens_exponent: beta.
        error: Root mean square of the relative error at the trials fitted.
        num_trials: Trials fitted.
    """

    irreducible: float
    size_scale: float
    size_exponent: float
    tokens_scale: float
    tokens_exponent: float
    error: float
    num_trials: int

    def loss(self, size: ArrayLike, num_tokens: ArrayLike) -> Floats:
        """Predict the loss in nats a token.

        Args:
            size: Parameters of the model, as they were counted for the fit.
            num_tokens: Tokens that it is trained on.
        """
        by_size = self.size_scale * np.asarray(size, float) ** -self.size_exponent
        by_tokens = (
            self.tokens_scale * np.asarray(num_tokens, float) ** -self.tokens_exponent
        )
        return self.irreducible + by_size + by_tokens


@dataclass(frozen=True)
class _Runs:
    """Centred logarithms of what is fitted; sizes, tokens, losses."""

    sizes: Floats
    tokens: Floats
    losses: Floats
    size_centre: float
    tokens_centre: float

    def sample(self, rows: NDArray[np.int64]) -> "_Runs":
        return _Runs(
            self.sizes[rows],
            self.tokens[rows],
            self.losses[rows],
            self.size_centre,
            self.tokens_centre,
        )


def fit_scaling_law(
    runs: pd.DataFrame, config: ScalingLawConfig | None = None
) -> ScalingLaw:
    """Fit the law to finished trainings.

    Args:
        runs: ``size``, ``num_tokens`` and ``loss`` (nats a token), one row each; each
            should be the best that is known at its size and tokens.
        config: Where errors begin to count linearly.

    Raises:
        DataError: If there are too few trainings, or fewer than three sizes.
    """
    config = config or ScalingLawConfig()
    prepared = _prepare(runs, config)
    return _law(_fit(prepared, config.huber_delta, _starts(prepared)), prepared)


def predict_loss(
    runs: pd.DataFrame,
    size: float,
    num_tokens: float,
    config: ScalingLawConfig | None = None,
) -> Estimate:
    """Predict the loss of a training that was not done, with its interval.

    The interval is of the prediction: the law is fitted again to samples of the
    trainings with replacement, and a residual of the fit is added to each.

    Args:
        runs: As for :func:`fit_scaling_law`.
        size: Parameters.
        num_tokens: Tokens.
        config: Number of samples, share of them that the interval holds, seed.

    Raises:
        DataError: As for :func:`fit_scaling_law`.
    """
    config = config or ScalingLawConfig()
    prepared = _prepare(runs, config)
    best = _fit(prepared, config.huber_delta, _starts(prepared))
    law = _law(best, prepared)
    residuals = prepared.losses - _log_loss(best, prepared)
    draw = generator(config.seed, "scaling law")
    values = []
    for _ in range(config.num_bootstraps):
        sample = prepared.sample(draw.integers(0, len(runs), len(runs)))
        if len(np.unique(sample.sizes)) < MIN_DISTINCT:
            continue  # says nothing about the exponent
        starts = [best, *_starts(sample)[:_NUM_RESTARTS]]
        other = _law(_fit(sample, config.huber_delta, starts, _SAMPLE_STEPS), sample)
        error = np.exp(draw.choice(residuals))
        values.append(float(other.loss(size, num_tokens)) * error)
    tail = (1.0 - config.level) / 2.0
    low, high = np.quantile(values, [tail, 1.0 - tail])
    return Estimate(
        value=float(law.loss(size, num_tokens)),
        low=float(low),
        high=float(high),
        num_samples=len(runs),
        confidence=config.level,
    )


def frontier(trials: pd.DataFrame) -> pd.DataFrame:
    """The best complete trial of each size and number of tokens.

    Args:
        trials: See :func:`taojin.training.tuning.records.trial_table`.

    Returns:
        ``size`` (parameters of the blocks), ``num_tokens``, ``loss``.
    """
    complete = trials.loc[trials["state"] == "complete"]
    table = pd.DataFrame(
        {
            "size": complete["num_body_parameters"].to_numpy(float),
            "num_tokens": complete["num_tokens"].to_numpy(float),
            "loss": complete["validation_loss"].to_numpy(float),
        }
    )
    # Whole steps of different batches end a little apart.
    alike = np.round(np.log(table["num_tokens"].to_numpy()) / _ALIKE)
    best = table.groupby([table["size"], alike])["loss"].idxmin()
    return table.loc[best.to_numpy()].reset_index(drop=True)


def describe(law: ScalingLaw) -> dict[str, float]:
    """The numbers of a law, as plain values."""
    return asdict(law)


_ALIKE = 0.1
"""Numbers of tokens within about 10 % count as equal."""


def _prepare(runs: pd.DataFrame, config: ScalingLawConfig) -> _Runs:
    num_sizes = len(np.unique(runs["size"].to_numpy(float)))
    if len(runs) < config.min_trials or num_sizes < MIN_DISTINCT:
        message = (
            f"a scaling law needs {config.min_trials} finished trials of at least "
            f"{MIN_DISTINCT} sizes, there are {len(runs)} of {num_sizes}; search "
            "model.depth (and max_tokens or training.num_steps) with more trials, or "
            "lower scaling_law.min_trials"
        )
        raise DataError(message)
    sizes, tokens, losses = (
        np.log(runs[name].to_numpy(float)) for name in ("size", "num_tokens", "loss")
    )
    size_centre, tokens_centre = float(sizes.mean()), float(tokens.mean())
    return _Runs(
        sizes - size_centre, tokens - tokens_centre, losses, size_centre, tokens_centre
    )


def _has_tokens(runs: _Runs) -> bool:
    return len(np.unique(np.round(runs.tokens / _ALIKE))) >= MIN_DISTINCT


def _starts(runs: _Runs) -> list[Floats]:
    """Points of the grid, the most promising first."""
    grid = np.array(
        np.meshgrid(_LOG_TERMS, _EXPONENTS, _LOG_TERMS, _EXPONENTS, _LOG_TERMS)
    )
    points = grid.reshape(len(_BOUNDS), -1).T
    errors = np.abs(_log_loss(points.T[..., None], runs) - runs.losses).sum(axis=-1)
    order = np.argsort(errors, kind="stable")[:_NUM_STARTS]
    return [points[place] for place in order]


def _fit(
    runs: _Runs, delta: float, starts: list[Floats], max_steps: int = 400
) -> Floats:
    bounds = list(_BOUNDS)
    if not _has_tokens(runs):
        bounds[_TOKENS] = [(_NO_TERM, _NO_TERM), (1.0, 1.0)]
    lows, highs = np.array(bounds).T
    found = [
        minimize(
            _objective,
            np.clip(start, lows, highs),
            args=(runs, delta),
            method="L-BFGS-B",
            jac=True,
            bounds=bounds,
            options={"maxiter": max_steps, "ftol": 1e-7, "gtol": 1e-3},
        )
        for start in starts
    ]
    return min(found, key=lambda one: one.fun).x


def _objective(point: Floats, runs: _Runs, delta: float) -> tuple[float, Floats]:
    """Sum of Huber losses, in units of delta squared, and its gradient."""
    terms = _log_terms(point, runs)
    log_loss = _log_sum(terms)
    error = (log_loss - runs.losses) / delta
    small = np.abs(error) <= 1.0
    value = np.where(small, 0.5 * error**2, np.abs(error) - 0.5).sum()
    slope = np.clip(error, -1.0, 1.0) / delta
    shares = np.exp(terms - log_loss) * slope
    gradient = np.array(
        [
            shares[0].sum(),
            -(shares[0] * runs.sizes).sum(),
            shares[1].sum(),
            -(shares[1] * runs.tokens).sum(),
            shares[2].sum(),
        ]
    )
    return float(value), gradient


def _log_terms(point: Floats, runs: _Runs) -> Floats:
    """Logarithms of the three terms, the last axis over trainings."""
    log_a, alpha, log_b, beta, log_e = point
    by_size = log_a - alpha * runs.sizes
    by_tokens = log_b - beta * runs.tokens
    return np.stack([by_size, by_tokens, log_e + np.zeros_like(by_size)])


def _log_sum(terms: Floats) -> Floats:
    largest = terms.max(axis=0)
    return largest + np.log(np.exp(terms - largest).sum(axis=0))


def _log_loss(point: Floats, runs: _Runs) -> Floats:
    return _log_sum(_log_terms(point, runs))


def _law(point: Floats, runs: _Runs) -> ScalingLaw:
    log_a, alpha, log_b, beta, log_e = (float(value) for value in point)
    has_tokens = log_b > _BOUNDS[0][0] - 1.0
    error = float(np.sqrt(np.mean((_log_loss(point, runs) - runs.losses) ** 2)))
    return ScalingLaw(
        irreducible=float(np.exp(log_e)),
        size_scale=float(np.exp(log_a + alpha * runs.size_centre)),
        size_exponent=alpha,
        tokens_scale=(
            float(np.exp(log_b + beta * runs.tokens_centre)) if has_tokens else 0.0
        ),
        tokens_exponent=beta if has_tokens else 0.0,
        error=error,
        num_trials=len(runs.losses),
    )
