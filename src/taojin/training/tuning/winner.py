"""The best trial as a file of parameters that a run takes."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import yaml

from taojin.curation.config import ThresholdRule
from taojin.training.config import PretrainingConfig
from taojin.training.tuning.config import Plain
from taojin.training.tuning.space import RULES, SearchSpace, Settings


def best_trial(trials: pd.DataFrame) -> dict[str, Any]:
    """The complete trial with the lowest validation loss, the earliest of equals."""
    complete = trials.loc[trials["state"] == "complete"]
    best = complete["validation_loss"].astype(float).to_numpy().argmin()
    return {name: complete[name].iloc[best] for name in complete.columns}


def write_parameters(
    trials: pd.DataFrame, space: SearchSpace, curation: Sequence[ThresholdRule] = ()
) -> str:
    """Write the searched values of the best trial, and nothing else, as YAML.

    The file is a run configuration of Kedro: ``kedro run --config=FILE`` sets them as
    ``--params`` would. Where all trials trained on ``max_tokens``, ``num_steps`` is
    set too: with another batch size it keeps the number of tokens of the stage.

    Args:
        trials: See :func:`taojin.training.tuning.records.trial_table`.
        space: What was searched.
        curation: Thresholds of ``curation.rules``; rules of the search are added to
            them, as a list in a parameter file replaces the one before.
    """
    best = best_trial(trials)
    values = {one.path: plain_value(best[one.path]) for one in space.config.space}
    chosen = _settings(values, space)
    parameters = _nested({f"{space.path}.{k}": v for k, v in chosen.items()})
    rules = space.candidate(values).rules
    if rules:
        own = {rule.name for rule in rules}
        thresholds = [*(rule for rule in curation if rule.name not in own), *rules]
        listed = [rule.model_dump(exclude_none=True) for rule in thresholds]
        parameters["curation"] = {"rules": {"thresholds": _lists(listed)}}
    body = yaml.safe_dump(
        {"run": {"params": parameters}}, sort_keys=True, allow_unicode=True
    )
    heading = _heading(best, trials, chosen, space.path)
    return "".join(f"# {line}\n" for line in heading) + body


def _heading(
    best: Mapping[str, Any],
    trials: pd.DataFrame,
    values: Mapping[str, Plain],
    where: str,
) -> list[str]:
    loss, number = float(best["validation_loss"]), int(best["trial"])
    plain = [f"{where}.{path}={_word(value)}" for path, value in values.items()]
    pipeline = where.split(".", 1)[0]
    return [
        f"Best of {len(trials)} trials: validation loss {loss:.4f}, trial {number}.",
        f"kedro run --pipelines={pipeline} --config=<this file>",
        f"or: kedro run --pipelines={pipeline} --params={','.join(plain)}",
    ]


def _settings(values: Mapping[str, Plain], space: SearchSpace) -> dict[str, Plain]:
    """The values that belong to the training, by path."""
    chosen = {k: v for k, v in values.items() if not k.startswith(f"{RULES}.")}
    steps = "training.num_steps"
    if space.config.max_tokens is not None and steps not in chosen:
        chosen[steps] = _same_tokens(space.base, chosen)
    return chosen


def _nested(values: Mapping[str, Plain]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path, value in values.items():
        branch = tree
        *parents, last = path.split(".")
        for name in parents:
            branch = branch.setdefault(name, {})
        branch[last] = value
    return tree


def _same_tokens(now: Settings, chosen: Mapping[str, Plain]) -> int:
    """Steps with which the stage sees as many tokens as it does now."""
    if not isinstance(now, PretrainingConfig):  # the space has refused max_tokens
        return now.training.num_steps
    batch_size = chosen.get("training.batch_size", now.training.batch_size)
    length = chosen.get("model.context_length", now.model.context_length)
    tokens_a_step = now.training.batch_size * now.model.context_length
    total = now.training.num_steps * tokens_a_step
    return max(1, round(total / (float(batch_size or 1) * float(length or 1))))


def plain_value(value: Any) -> Plain:
    """A value of a trial table as YAML and Optuna know it."""
    if value is pd.NA or value is None:
        return None
    return value.item() if hasattr(value, "item") else value


def _word(value: Plain) -> str:
    return (
        "null"
        if value is None
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )


def _lists(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _lists(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_lists(item) for item in value]
    return value
