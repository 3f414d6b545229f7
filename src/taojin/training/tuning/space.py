"""From paths in YAML to the settings of one trial."""

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Union, get_args, get_origin

from optuna.distributions import (
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from pydantic import BaseModel, ValidationError

from taojin.core.errors import ConfigurationError
from taojin.curation.config import ThresholdRule
from taojin.training.config import PretrainingConfig
from taojin.training.finetuning_config import ClassifierFinetuningConfig
from taojin.training.tuning.config import Dimension, Plain, TuningConfig

RULES = "rules"
"""First name of a path to a bound of a rule."""

Distribution = CategoricalDistribution | FloatDistribution | IntDistribution

Settings = PretrainingConfig | ClassifierFinetuningConfig
"""Of a training that can be searched."""

_MAX_NAMED = 3
_BOUNDS = ("at_least", "at_most")


@dataclass(frozen=True)
class Candidate:
    """What one trial trains with.

    Attributes:
        settings: Model and training settings.
        rules: Which of the training documents it takes.
    """

    settings: Settings
    rules: tuple[ThresholdRule, ...]


@dataclass(frozen=True)
class SearchSpace:
    """The settings of a search, checked against those of the training it is for.

    Attributes:
        config: Of the search.
        base: What trials differ from.
        path: Where ``base`` stands in the parameters of a run: ``finetuning.topic``.
    """

    config: TuningConfig
    base: Settings
    path: str = "pretraining"

    def __post_init__(self) -> None:
        """Check every path, and both ends of every range.

        Raises:
            ConfigurationError: If any is wrong; names all that are.
        """
        problems = list(self._problems())
        if problems:
            raise ConfigurationError("tuning: " + "; ".join(problems))

    def distributions(self) -> dict[str, Distribution]:
        """What each path is drawn from."""
        kinds = self._kinds()
        return {
            one.path: _distribution(one, is_integer=_is_integer(kinds[one.path]))
            for one in self.config.space
        }

    def defaults(self) -> dict[str, Plain] | None:
        """The present value of every path, or None if one lies outside its range."""
        tree = self._tree()
        values = {one.path: _read(tree, one.path) for one in self.config.space}
        distributions = self.distributions()
        inside = all(
            _holds(distributions[path], value) for path, value in values.items()
        )
        return values if inside else None

    def candidate(self, values: Mapping[str, Plain]) -> Candidate:
        """Put searched and fixed values into the settings.

        Raises:
            ValidationError: If they contradict each other.
        """
        tree = self._tree(values)
        rules = tree.pop(RULES)
        training = tree["training"]
        if self.config.max_tokens is not None:
            context_length = tree["model"]["context_length"]
            tokens_a_step = training["batch_size"] * context_length
            training["num_steps"] = max(1, self.config.max_tokens // tokens_a_step)
        num_reports = min(self.config.num_reports, training["num_steps"])
        every = training["num_steps"] // num_reports
        if training["patience"] is not None:  # as many steps as it was
            steps = training["patience"] * training["validate_every"]
            training["patience"] = max(1, round(steps / every))
        training["validate_every"] = every
        training["num_threads"] = self.config.num_threads
        return Candidate(
            type(self.base).model_validate(tree),
            tuple(ThresholdRule.model_validate(rule) for rule in rules.values()),
        )

    def _tree(self, values: Mapping[str, Plain] | None = None) -> dict[str, Any]:
        tree = self.base.model_dump()
        tree[RULES] = {rule.name: rule.model_dump() for rule in self.config.rules}
        for path, value in {**self.config.fixed, **(values or {})}.items():
            _write(tree, path, value)
        return tree

    def _kinds(self) -> dict[str, Any]:
        """The annotation of every setting, by its path."""
        kinds = dict(_leaves(type(self.base), ""))
        for rule in self.config.rules:
            kinds |= {f"{RULES}.{rule.name}.{bound}": float for bound in _BOUNDS}
        return kinds

    def _problems(self) -> Iterator[str]:
        kinds = self._kinds()
        paths = [dimension.path for dimension in self.config.space]
        unknown = [path for path in [*paths, *self.config.fixed] if path not in kinds]
        for path in unknown:
            yield f"{path} is no setting of {self.path}{_near(path, kinds)}"
        yield from self._not_of_this_training()
        if unknown:
            return
        for path, value in self.config.fixed.items():
            yield from self._out_of_range(path, value)
        for dimension in self.config.space:
            ends = dimension.choices or (dimension.low, dimension.high)
            if dimension.choices is None and not _is_number(kinds[dimension.path]):
                yield f"{dimension.path} is not a number: give it choices"
                continue
            if _is_integer(kinds[dimension.path]) and dimension.choices is None:
                fractions = [end for end in ends if end != int(end or 0)]
                if fractions:
                    yield f"{dimension.path} takes whole numbers, not {fractions[0]}"
                    continue
                ends = [int(end or 0) for end in ends]
            for value in ends:
                yield from self._out_of_range(dimension.path, value)

    def _not_of_this_training(self) -> Iterator[str]:
        if isinstance(self.base, PretrainingConfig):
            return
        if self.config.max_tokens is not None:
            yield "max_tokens is of pretraining; search or fix training.num_steps"
        if self.config.rules:
            yield "rules choose documents of pretraining; leave them out"

    def _out_of_range(self, path: str, value: Plain) -> Iterator[str]:
        """Tell why a setting cannot have a value, whatever the others are."""
        if path.startswith(f"{RULES}."):
            return
        tree = self.base.model_dump()
        _write(tree, path, value)
        try:
            type(self.base).model_validate(tree)
        except ValidationError as error:
            for problem in error.errors():
                # A contradiction between settings stands at their parent; another
                # dimension may resolve it.
                if ".".join(map(str, problem["loc"])).startswith(path):
                    yield f"{path} cannot be {value!r}: {problem['msg']}"
                    return


def _distribution(dimension: Dimension, *, is_integer: bool) -> Distribution:
    if dimension.choices is not None:
        return CategoricalDistribution(dimension.choices)
    low, high = dimension.low or 0.0, dimension.high or 0.0
    if is_integer:
        return IntDistribution(
            int(low), int(high), log=dimension.log, step=int(dimension.step or 1)
        )
    return FloatDistribution(low, high, log=dimension.log, step=dimension.step)


def _holds(distribution: Distribution, value: Plain) -> bool:
    if isinstance(distribution, CategoricalDistribution):
        return value in distribution.choices
    if not isinstance(value, int | float):
        return False
    return distribution.low <= value <= distribution.high


def _leaves(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        inner = [kind for kind in _options(field.annotation) if _is_model(kind)]
        if inner:
            yield from _leaves(inner[0], f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field.annotation


def _options(annotation: Any) -> tuple[Any, ...]:
    union = get_origin(annotation) in (Union, types.UnionType)
    return get_args(annotation) if union else (annotation,)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _is_integer(annotation: Any) -> bool:
    options = _options(annotation)
    return int in options and float not in options


def _is_number(annotation: Any) -> bool:
    return bool({int, float} & set(_options(annotation)))


def _near(path: str, known: Mapping[str, Any]) -> str:
    """Name the settings that were probably meant."""
    last = path.rsplit(".", 1)[-1]
    by_name = {known_path.rsplit(".", 1)[-1]: known_path for known_path in known}
    near = [
        *get_close_matches(path, known, n=_MAX_NAMED),
        *(by_name[name] for name in get_close_matches(last, by_name, n=_MAX_NAMED)),
        *(known_path for known_path in known if last in known_path),
    ]
    named = list(dict.fromkeys(near))[:_MAX_NAMED]
    return f"; near: {', '.join(named)}" if named else ""


def _read(tree: Mapping[str, Any], path: str) -> Any:
    value: Any = tree
    for name in path.split("."):
        if value is None:  # of a part that is switched off
            return _SWITCHED_OFF
        value = value[name]
    return value


def _write(tree: dict[str, Any], path: str, value: Plain) -> None:
    *parents, last = path.split(".")
    for name in parents:
        if tree[name] is None:  # a setting of it switches the part on
            tree[name] = {}
        tree = tree[name]
    tree[last] = value


_SWITCHED_OFF = object()
"""In place of a value; lies in no range."""
