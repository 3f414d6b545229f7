"""What a search found: plain values for people and machines, and figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from optuna.study import Study, create_study
from optuna.trial import TrialState, create_trial

from taojin.core.errors import DataError
from taojin.training.tuning.scaling_law import (
    describe,
    fit_scaling_law,
    frontier,
    predict_loss,
)
from taojin.training.tuning.studies import quieten
from taojin.training.tuning.winner import best_trial, plain_value

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from taojin.training.tuning.config import Dimension
    from taojin.training.tuning.scaling_config import ScalingLawConfig
    from taojin.training.tuning.space import SearchSpace

MIN_TRIALS = 4
"""Complete trials from which on the importance of a setting can be told."""

_MAIN = "#b5800b"
_NUM_TICKS = 5
_TIMES = (1.0, 4.0)
"""Numbers of tokens for which a loss is predicted, as multiples of the most seen."""


def report_search(trials: pd.DataFrame, space: SearchSpace) -> dict[str, Any]:
    """Sum a search up.

    Args:
        trials: See :func:`taojin.training.tuning.records.trial_table`.
        space: What was searched.

    Returns:
        ``num_trials`` by state, ``best`` and ``default`` (trial, loss, parameters; null
        where the present settings were no trial), ``importance`` (share of each
        setting in what makes trials good, PED-ANOVA, Watanabe et al. 2023,
        arXiv:2304.10255; empty with too few trials), ``cpu_seconds``, ``num_tokens``,
        ``reasons`` of trials that are not complete.
    """
    reasons = trials["reason"].dropna().value_counts()
    return {
        "num_trials": {
            state: int(count) for state, count in trials["state"].value_counts().items()
        },
        "best": _summary(best_trial(trials), space),
        "default": _default(trials, space),
        "importance": importance(trials, space),
        "cpu_seconds": round(
            float(np.nansum(trials["cpu_seconds"].to_numpy(float, na_value=np.nan))), 1
        ),
        "num_tokens": int(
            np.nansum(trials["num_tokens"].to_numpy(float, na_value=np.nan))
        ),
        "reasons": {str(reason): int(count) for reason, count in reasons.items()},
    }


def importance(trials: pd.DataFrame, space: SearchSpace) -> dict[str, float]:
    """Share of every setting in what tells good trials from bad ones, largest first."""
    study = _study(trials, space)
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(complete) < MIN_TRIALS or len({trial.value for trial in complete}) == 1:
        return {}
    # Half a second, which only reports need.
    from optuna.importance import get_param_importances

    return {name: round(x, 4) for name, x in get_param_importances(study).items()}


def importance_figure(trials: pd.DataFrame, space: SearchSpace) -> Figure:
    """Draw the importance of every setting as bars."""
    # Plotly takes a second to import, and only a browser wants it.
    from plotly.graph_objects import Bar, Figure

    shares = importance(trials, space)
    names = list(reversed(shares))
    bars = Bar(
        x=[shares[name] for name in names],
        y=names,
        orientation="h",
        marker={"color": _MAIN},
    )
    figure = Figure(data=[bars] if names else [])
    figure.update_layout(
        template="plotly_white",
        xaxis={"title": {"text": "share of importance"}, "automargin": True},
        yaxis={"automargin": True},
    )
    if not names:
        text = f"fewer than {MIN_TRIALS} complete trials"
        figure.add_annotation(text=text, showarrow=False)
    return figure


def coordinates_figure(trials: pd.DataFrame, space: SearchSpace) -> Figure:
    """Draw every complete trial as a line through its settings, by its loss."""
    from plotly.graph_objects import Figure, Parcoords

    complete = trials.loc[trials["state"] == "complete"]
    losses = complete["validation_loss"].to_numpy(float)
    axes = [_axis(one, complete[one.path].tolist()) for one in space.config.space]
    lines = Parcoords(
        dimensions=[*axes, {"label": "validation loss", "values": losses}],
        line={"color": losses, "colorscale": "Viridis", "showscale": True},
    )
    figure = Figure(data=[lines])
    figure.update_layout(template="plotly_white", margin={"t": 60, "b": 20})
    return figure


def _axis(dimension: Dimension, values: list[Any]) -> dict[str, Any]:
    """Logarithms where they were searched, places where values were chosen."""
    label = dimension.path
    if dimension.choices is not None:
        names = [str(choice) for choice in dimension.choices]
        return {
            "label": label,
            "values": [names.index(str(plain_value(value))) for value in values],
            "tickvals": list(range(len(names))),
            "ticktext": names,
        }
    numbers = np.array(values, float)
    if not dimension.log:
        return {"label": label, "values": numbers}
    low, high = (float(np.log10(end or 1.0)) for end in (dimension.low, dimension.high))
    ticks = np.linspace(low, high, _NUM_TICKS)
    return {
        "label": label,
        "values": np.log10(numbers),
        "tickvals": ticks,
        "ticktext": [f"{10**tick:.2g}" for tick in ticks],
    }


def report_scaling_law(
    trials: pd.DataFrame, config: ScalingLawConfig
) -> dict[str, Any]:
    """Fit a scaling law to the best trial of each size and number of tokens.

    Args:
        trials: See :func:`taojin.training.tuning.records.trial_table`.
        config: How to fit, and what to predict.

    Returns:
        ``runs`` fitted, ``law`` (its numbers), ``predictions`` of the loss at
        ``next_factor`` times the largest size; the last two null and ``reason`` set
        where there are too few trials. Sizes are parameters of the blocks.
    """
    runs = frontier(trials)
    report: dict[str, Any] = {"runs": runs.to_dict("records"), "reason": None}
    try:
        law = fit_scaling_law(runs, config)
    except DataError as error:
        return {**report, "law": None, "predictions": None, "reason": str(error)}
    size = config.next_factor * runs["size"].to_numpy(float).max().item()
    times = _TIMES if law.tokens_scale else _TIMES[:1]
    predictions = []
    for factor in times:
        num_tokens = factor * runs["num_tokens"].to_numpy(float).max().item()
        loss = predict_loss(runs, size, num_tokens, config)
        predictions.append(
            {"size": size, "num_tokens": num_tokens, "loss": loss.model_dump()}
        )
    return {**report, "law": describe(law), "predictions": predictions}


def scaling_law_figure(report: dict[str, Any]) -> Figure:
    """Draw losses by size, one colour a number of tokens, and what is predicted."""
    from plotly.graph_objects import Figure, Scatter

    figure = Figure()
    runs = pd.DataFrame(report["runs"])
    for num_tokens, group in runs.groupby("num_tokens"):
        ordered = group.sort_values("size")
        name = f"{num_tokens:,.0f} tokens"
        figure.add_trace(
            Scatter(x=ordered["size"], y=ordered["loss"], name=name, mode="markers")
        )
    for one in report["predictions"] or []:
        loss = one["loss"]
        figure.add_trace(
            Scatter(
                x=[one["size"]],
                y=[loss["value"]],
                error_y={
                    "type": "data",
                    "array": [loss["high"] - loss["value"]],
                    "arrayminus": [loss["value"] - loss["low"]],
                },
                name=f"predicted, {one['num_tokens']:,.0f} tokens",
                marker={"color": _MAIN, "symbol": "diamond"},
            )
        )
    figure.update_layout(
        template="plotly_white",
        xaxis={"title": {"text": "parameters of the blocks"}, "type": "log"},
        yaxis={"title": {"text": "validation loss, nats a token"}},
    )
    if report["reason"]:
        figure.update_layout(title={"text": report["reason"], "font": {"size": 11}})
    return figure


def _summary(trial: dict[str, Any], space: SearchSpace) -> dict[str, Any]:
    return {
        "trial": int(trial["trial"]),
        "validation_loss": float(trial["validation_loss"]),
        "parameters": {
            one.path: plain_value(trial[one.path]) for one in space.config.space
        },
    }


def _default(trials: pd.DataFrame, space: SearchSpace) -> dict[str, Any] | None:
    defaults = space.defaults() if space.config.include_default else None
    first = trials.loc[(trials["trial"] == 0) & (trials["state"] == "complete")]
    if defaults is None or first.empty:
        return None
    summary = _summary({name: first[name].iloc[0] for name in first}, space)
    return summary if summary["parameters"] == defaults else None


def _study(trials: pd.DataFrame, space: SearchSpace) -> Study:
    """The search in memory, as Optuna's measures and figures want it."""
    quieten()
    study = create_study(direction="minimize")
    distributions = space.distributions()
    for number in range(len(trials)):
        row = {name: trials[name].iloc[number] for name in trials.columns}
        if row["state"] == "complete":
            study.add_trial(
                create_trial(
                    params={path: plain_value(row[path]) for path in distributions},
                    distributions=dict(distributions),
                    value=float(row["validation_loss"]),
                )
            )
    return study
