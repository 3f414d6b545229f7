"""Pairs of items for people to judge, who may not know what made them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.errors import CountMismatchError, DataError
from taojin.core.randomness import derive_seed, generator

PairKind = Literal["comparison", "repeat", "check"]
"""``repeat``: an earlier pair again, sides swapped; ``check``: the answer is known."""
GOOD, BAD = "good", "bad"
"""The two sides of a check, in place of models."""


@dataclass(frozen=True)
class Media:
    """An image or a recording as a file holds it.

    Attributes:
        kind: Such as ``image/png`` or ``audio/wav``.
        content: The bytes of the file.
    """

    kind: str
    content: bytes


Content = str | Media


class StudyConfig(StageConfig):
    """Which pairs are shown."""

    pairs_a_comparison: int | None = Field(default=50, ge=1)
    """At most so many pairs of any two models; null shows all."""
    num_repeats: int = Field(default=5, ge=0)
    """Pairs shown twice, to see whether a judge agrees with themselves."""
    num_checks: int = Field(default=5, ge=0)
    """Pairs of something real and something broken, to see whether a judge looks."""
    language: Literal["en", "zh"] = "en"
    """Of the page around the pairs."""
    question: str = Field(default="Which is better?", min_length=1)
    """What judges are asked of each pair."""
    seed: int = Field(default=0, ge=0)
    """Seeds which pairs, which side and which order."""


@dataclass(frozen=True)
class Pair:
    """What a judge sees."""

    pair_id: str
    prompt: str
    a: Content
    b: Content


class PairKey(StageConfig):
    """What a judge does not see."""

    pair_id: str
    kind: PairKind
    a: str
    """The model that made A; ``good`` or ``bad`` in a check."""
    b: str
    item: int = Field(ge=0)
    """Number of the prompt, or of the check."""
    repeats: str | None = None
    """The pair that this one shows again."""


class StudyKey(StageConfig):
    """What turns judgements into findings; kept from the judges."""

    models: tuple[str, ...]
    pairs: tuple[PairKey, ...]
    seed: int
    question: str | None = None
    """What judges were asked; null in a key of an older version."""


@dataclass(frozen=True)
class Study:
    """Pairs in the order shown, and their key."""

    pairs: tuple[Pair, ...]
    key: StudyKey
    config: StudyConfig


def make_study(
    models: Mapping[str, Sequence[Content]],
    config: StudyConfig,
    checks: Sequence[tuple[Content, Content]] = (),
    prompts: Sequence[str] | None = None,
) -> Study:
    """Pair the items of models, prompt by prompt, blind and in random order.

    Args:
        models: By name: one item a prompt, prompts in the same order for all. Real
            items may stand among them as a model.
        config: How many pairs.
        checks: Pairs of something good and something broken; see :func:`text_checks`.
        prompts: What was asked; null shows none.

    Raises:
        CountMismatchError: If models have different numbers of items, or prompts.
        DataError: If there are fewer than two models, no items, an item is empty, or
            too few checks or pairs to repeat.
    """
    num_items = _checked_count(models, prompts)
    _require_enough(models, checks, config)
    random = generator(config.seed, "human_study")
    rows: list[tuple[PairKind, str, str, int]] = []
    for first, second in combinations(models, 2):
        wanted = config.pairs_a_comparison or num_items
        chosen = np.sort(random.permutation(num_items)[:wanted])
        rows.extend(("comparison", first, second, int(item)) for item in chosen)
    rows.extend(("check", GOOD, BAD, number) for number in range(config.num_checks))
    if config.num_repeats > len(rows) - config.num_checks:
        message = (
            f"human study: num_repeats is {config.num_repeats} and there are "
            f"{len(rows) - config.num_checks} pairs to repeat; ask for fewer"
        )
        raise DataError(message)
    keys = [
        _key(row, number, swapped=bool(random.integers(2)), seed=config.seed)
        for number, row in enumerate(rows)
    ]
    again = random.permutation(len(rows) - config.num_checks)[: config.num_repeats]
    keys += [_repeat(keys[number], config.seed) for number in again]
    shown = [keys[number] for number in random.permutation(len(keys))]
    pairs = tuple(_pair(key, models, checks, prompts) for key in shown)
    whole = StudyKey(
        models=tuple(models),
        pairs=tuple(shown),
        seed=config.seed,
        question=config.question,
    )
    return Study(pairs, whole, config)


def text_checks(
    real_texts: Sequence[str], num_checks: int, seed: int
) -> list[tuple[str, str]]:
    """Make checks: real texts, each beside its own characters in random order.

    Raises:
        DataError: If there are too few texts of ten characters or more.
    """
    long_enough = sorted({text for text in real_texts if len(set(text)) >= 10})
    if len(long_enough) < num_checks:
        message = (
            f"human study: {num_checks} checks need as many different real texts of ten "
            f"different characters, there are {len(long_enough)}; give more"
        )
        raise DataError(message)
    random = generator(seed, "text_checks")
    chosen = random.permutation(len(long_enough))[:num_checks]
    return [
        (
            long_enough[number],
            "".join(random.permutation(list(long_enough[number])).tolist()),
        )
        for number in chosen
    ]


def _checked_count(
    models: Mapping[str, Sequence[Content]], prompts: Sequence[str] | None
) -> int:
    counts = {name: len(items) for name, items in models.items()}
    if prompts is not None:
        counts["prompts"] = len(prompts)
    if len(set(counts.values())) > 1:
        message = f"human study: numbers of items differ, {counts}; give one a prompt"
        raise CountMismatchError(message)
    return next(iter(counts.values()), 0)


def _require_enough(
    models: Mapping[str, Sequence[Content]],
    checks: Sequence[tuple[Content, Content]],
    config: StudyConfig,
) -> None:
    if len(models) < 2 or not all(len(items) for items in models.values()):
        message = (
            f"human study: two models with items are needed, there are {sorted(models)} "
            f"with {[len(items) for items in models.values()]}"
        )
        raise DataError(message)
    reserved = {GOOD, BAD} & models.keys()
    if reserved:
        message = f"human study: {sorted(reserved)} names checks; rename the model"
        raise DataError(message)
    for name, items in models.items():
        for number, item in enumerate(items):
            if not (item.strip() if isinstance(item, str) else item.content):
                message = (
                    f"human study: item {number} of {name} is empty, and no one can "
                    "judge it; generate it again, or judge fewer prompts"
                )
                raise DataError(message)
    if len(checks) < config.num_checks:
        message = (
            f"human study: num_checks is {config.num_checks} and {len(checks)} checks "
            "were given; give more (text_checks makes them), or ask for fewer"
        )
        raise DataError(message)


def _key(
    row: tuple[PairKind, str, str, int], number: int, *, swapped: bool, seed: int
) -> PairKey:
    kind, first, second, item = row
    a, b = (second, first) if swapped else (first, second)
    return PairKey(pair_id=_name(seed, number), kind=kind, a=a, b=b, item=item)


def _repeat(key: PairKey, seed: int) -> PairKey:
    return PairKey(
        pair_id=_name(seed, f"again {key.pair_id}"),
        kind="repeat",
        a=key.b,
        b=key.a,
        item=key.item,
        repeats=key.pair_id,
    )


def _name(seed: int, purpose: int | str) -> str:
    """Name a pair so that the name says nothing of it."""
    # The letter keeps spreadsheets from reading a number.
    return "p" + f"{derive_seed(seed, 'pair_id', purpose):016x}"[-12:]


def _pair(
    key: PairKey,
    models: Mapping[str, Sequence[Content]],
    checks: Sequence[tuple[Content, Content]],
    prompts: Sequence[str] | None,
) -> Pair:
    if key.kind == "check":
        sides: dict[str, Content] = dict(
            zip((GOOD, BAD), checks[key.item], strict=True)
        )
        return Pair(key.pair_id, "", sides[key.a], sides[key.b])
    prompt = "" if prompts is None else prompts[key.item]
    items = [models[name][key.item] for name in (key.a, key.b)]
    return Pair(key.pair_id, prompt, items[0], items[1])


def duplicate_ids(key: StudyKey) -> list[str]:
    """Name the ids that stand for two pairs; a good key has none."""
    counts = Counter(pair.pair_id for pair in key.pairs)
    return sorted(pair_id for pair_id, count in counts.items() if count > 1)
