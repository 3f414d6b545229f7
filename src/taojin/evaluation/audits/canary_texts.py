"""Canaries: sentences with random secrets, put into training text to find them again.

What a model knows of a secret that was drawn by chance, it can only have from its
training text (Carlini et al. 2019, arXiv:1802.08232). Every canary says that it is one.
None can be anybody's: addresses are under ``.invalid``, which nobody can register (RFC
2606), numbers of telephones have letters among the digits. So no recogniser of personal
data takes them out again.
"""

import json
import math
import re
from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path
from typing import Literal, Self, get_args

import numpy as np
from pydantic import Field, ValidationError, model_validator

from taojin.core.config import StageConfig
from taojin.core.errors import ConfigurationError, DataError
from taojin.core.files import write_text
from taojin.core.randomness import generator

CanaryKind = Literal["number", "phone", "email"]
CanaryLanguage = Literal["en", "zh"]

SECRET = "{secret}"  # noqa: S105 - the place of one
_SYMBOLS = {"#": "0123456789", "?": "abcdefghijklmnopqrstuvwxyz"}
_PATTERNS: dict[CanaryKind, str] = {
    "number": "#########",
    "phone": "x###-x###-x###",
    "email": "????????@canary.invalid",
}
_TEMPLATES: dict[CanaryLanguage, str] = {
    "en": "Canary {name}: the {kind} of this test record is {secret}.",
    "zh": "金丝雀样本{name}：本测试记录的{kind}是{secret}。",
}
_WORDS: dict[tuple[CanaryLanguage, CanaryKind], str] = {
    ("en", "number"): "access number",
    ("en", "phone"): "telephone line",
    ("en", "email"): "e-mail address",
    ("zh", "number"): "编号",
    ("zh", "phone"): "电话线路",
    ("zh", "email"): "邮箱",
}
_NAME = "????"


class CanariesConfig(StageConfig):
    """Which canaries are made."""

    languages: tuple[CanaryLanguage, ...] = get_args(CanaryLanguage)
    kinds: tuple[CanaryKind, ...] = get_args(CanaryKind)
    repeats: tuple[int, ...] = Field(default=(0, 1, 10, 100), min_length=1)
    """How often canaries are put into the training text; one of each kind and language
    for each number. Those with 0 are never put there, and show what is usual."""
    num_each: int = Field(default=1, ge=1, le=10_000)
    """Canaries of a kind, language and number of repeats."""
    seed: int = Field(default=0, ge=0)
    """Keep it to yourself where others train: who knows it knows the secrets."""


class Canary(StageConfig):
    """A sentence with a secret."""

    canary_id: str = Field(min_length=1)
    kind: str = "number"
    language: str = "en"
    template: str
    """The sentence, with ``{secret}`` in the place of the secret."""
    pattern: str
    """Of secrets: ``#`` is any digit, ``?`` any letter of a to z, all else itself."""
    secret: str
    num_repeats: int = Field(default=1, ge=0)
    """How often it is to be put into the training text."""

    @model_validator(mode="after")
    def _check_secret(self) -> Self:
        if self.template.count(SECRET) != 1:
            message = f"the template {self.template!r} must hold {SECRET} once"
            raise ValueError(message)
        parts = {"#": "[0-9]", "?": "[a-z]"}
        form = "".join(parts.get(one, re.escape(one)) for one in self.pattern)
        if self.num_secrets < 2 or not re.fullmatch(form, self.secret):
            message = (
                f"the secret {self.secret!r} is not of the pattern {self.pattern!r}, "
                "where # is a digit and ? a letter of a to z"
            )
            raise ValueError(message)
        return self

    @property
    def text(self) -> str:
        """The sentence with its secret."""
        return self.with_secret(self.secret)

    @property
    def num_secrets(self) -> int:
        """Secrets of the pattern."""
        return math.prod(len(_SYMBOLS.get(one, "1")) for one in self.pattern)

    def with_secret(self, secret: str) -> str:
        """The sentence with another secret."""
        return self.template.replace(SECRET, secret)

    def other_secrets(self, number: int, seed: int) -> list[str]:
        """Draw distinct other secrets of the pattern; all if there are no more."""
        if self.num_secrets <= number + 1:
            symbols = [_SYMBOLS.get(one, one) for one in self.pattern]
            every = ("".join(parts) for parts in product(*symbols))
            return [secret for secret in every if secret != self.secret]
        draw = generator(seed, "candidates", self.canary_id)
        found: dict[str, None] = {}
        while len(found) < number:
            secret = _drawn(self.pattern, draw)
            if secret != self.secret:
                found[secret] = None
        return list(found)


def make_canaries(config: CanariesConfig | None = None) -> list[Canary]:
    """Draw canaries: of each number of repeats, language and kind as many."""
    config = config or CanariesConfig()
    draw = generator(config.seed, "canaries")
    made: dict[str, Canary] = {}
    for repeats, language, kind, _ in product(
        config.repeats, config.languages, config.kinds, range(config.num_each)
    ):
        name = _drawn(_NAME, draw)
        while name in made:
            name = _drawn(_NAME, draw)
        made[name] = Canary(
            canary_id=name,
            kind=kind,
            language=language,
            template=_TEMPLATES[language].format(
                name=name, kind=_WORDS[language, kind], secret=SECRET
            ),
            pattern=_PATTERNS[kind],
            secret=_drawn(_PATTERNS[kind], draw),
            num_repeats=repeats,
        )
    return list(made.values())


def insert_canaries(
    texts: Sequence[str], canaries: Sequence[Canary], seed: int = 0
) -> list[str]:
    """Put each canary, as a line of its own, into as many texts as it has repeats.

    Into other texts, since documents that are alike do not survive curation.

    Args:
        texts: Of a source; not changed.
        canaries: At most as many repeats each as there are texts.
        seed: Of the places.

    Raises:
        ConfigurationError: If there are too few texts.
    """
    most = max((canary.num_repeats for canary in canaries), default=0)
    if most > len(texts):
        message = (
            f"a canary is to be put into {most} texts, and there are {len(texts)}; give "
            "more texts, or lower its num_repeats"
        )
        raise ConfigurationError(message)
    lines = [text.split("\n") for text in texts]
    for canary in canaries:
        draw = generator(seed, "places", canary.canary_id)
        for place in draw.choice(len(texts), canary.num_repeats, replace=False):
            own = lines[place]
            own.insert(int(draw.integers(len(own) + 1)), canary.text)
    return ["\n".join(own) for own in lines]


def save_canaries(canaries: Iterable[Canary], path: str | Path) -> None:
    """Write canaries as JSON, one a line; keep the file away from what is trained on."""
    rows = [canary.model_dump_json() for canary in canaries]
    write_text(Path(path), "\n".join([*rows, ""]))


def read_canaries(path: str | Path) -> list[Canary]:
    """Read what :func:`save_canaries` wrote.

    Raises:
        DataError: If a line is no canary, or two have one id.
    """
    found: dict[str, Canary] = {}
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            canary = Canary.model_validate(json.loads(line))
        except (ValueError, ValidationError) as error:
            message = f"{path}, line {number}, is no canary: {error}"
            raise DataError(message) from error
        if canary.canary_id in found:
            message = (
                f"{path}, line {number}: another canary is called {canary.canary_id!r}; "
                "give each an id of its own"
            )
            raise DataError(message)
        found[canary.canary_id] = canary
    return list(found.values())


def _drawn(pattern: str, draw: np.random.Generator) -> str:
    return "".join(
        _SYMBOLS[one][draw.integers(len(_SYMBOLS[one]))] if one in _SYMBOLS else one
        for one in pattern
    )
