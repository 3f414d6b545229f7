"""Licences: concluded from what a source declares, and judged against a policy.

A declared licence is a claim in somebody's words. Here it becomes an SPDX expression
or nothing: where the words can mean two licences, nothing is concluded, and what is
unknown is not allowed.
"""

import functools
import re
from collections.abc import Callable, Iterable
from typing import Any, Literal, NamedTuple

from license_expression import ExpressionError, Licensing, get_spdx_licensing
from license_expression import ParseError as ExpressionParseError
from pydantic import Field, model_validator

from taojin.core.config import StageConfig
from taojin.governance.licence_names import (
    ALIASES,
    AMBIGUOUS,
    FOREIGN_MARK,
    TEXT_MARKS,
    name_key,
)
from taojin.governance.licence_terms import (
    PERMISSIVE,
    TERMS,
    UNKNOWN_TERMS,
    LicenceTerms,
)

Purpose = Literal["research", "commercial"]

_MAX_NAME_CHARS = 300
"""Anything longer, or of several lines, is a licence's text, not its name."""

_CLASSIFIER = re.compile(r"License ::(?: OSI Approved(?: ::|\s*$))?\s*")
_OPERATOR = re.compile(r"(\s+(?:and|or|with)\s+|[()])", re.IGNORECASE)
_NOTHING = frozenset({"unknown", "none", "n a", "na", "null", "tbd", "todo"})


_SELF_CONTAINED = frozenset(PERMISSIVE) - {"PSF-2.0"}
"""Licences whose texts hold no :data:`FOREIGN_MARK`; PSF-2.0 calls itself one."""


class LicenceConclusion(NamedTuple):
    """What a declared licence was taken for.

    Attributes:
        expression: Normalised SPDX expression; null if nothing can be concluded.
        reason: How, or why not.
    """

    expression: str | None
    reason: str


class LicenceVerdict(NamedTuple):
    """Whether a policy allows a licence, and why."""

    allowed: bool
    reason: str


class LicencePolicy(StageConfig):
    """Which licences a corpus may hold.

    A licence must be on the list *and* its terms must permit the purpose, so that
    adding CC-BY-NC-4.0 to the list does not let it into a commercial model.
    """

    purpose: Purpose = "commercial"
    """What the model is for."""
    allowed: tuple[str, ...] = Field(default=PERMISSIVE, min_length=1)
    """SPDX identifiers, each with a row of terms; ``X WITH Y`` is allowed with X."""
    additional_terms: dict[str, LicenceTerms] = Field(default_factory=dict)
    """Terms of licences that the built-in table lacks, by identifier."""

    @model_validator(mode="after")
    def _every_allowed_licence_has_terms(self) -> "LicencePolicy":
        missing = [spdx for spdx in self.allowed if _terms_of(spdx, self) is None]
        if missing:
            message = (
                f"licence_policy.allowed names {missing[:10]}, whose terms are not "
                "known; use the SPDX identifier, or state what it permits under "
                "licence_policy.additional_terms"
            )
            raise ValueError(message)
        return self


def conclude_licence(declared: str | None) -> str | None:
    """Conclude an SPDX expression, normalised; null unless unambiguous.

    >>> conclude_licence("License :: OSI Approved :: MIT License")
    'MIT'
    """
    return conclude(declared).expression


@functools.lru_cache(maxsize=4096)
def conclude(declared: str | None) -> LicenceConclusion:
    """Conclude a licence from a name, an expression, classifiers or a full text.

    * Several classifiers are read as applying together: nothing in package metadata
      says that one may choose, so the stricter reading is taken.
    * Names around ``AND``, ``OR`` and ``WITH`` may be colloquial.
    * A text that matches several licences, or one and words foreign to it, is a
      bundle that only a person can judge.
    """
    words = (declared or "").strip()
    if not words or name_key(words) in _NOTHING:
        return LicenceConclusion(None, "none is declared")
    if "License ::" in words:
        return _conclude_classifiers(words)
    if len(words) > _MAX_NAME_CHARS or words.count("\n") > 2:
        return _conclude_text(words)
    return _conclude_name(words)


def judge_licence(expression: str | None, policy: LicencePolicy) -> LicenceVerdict:
    """Judge a concluded licence: of ``OR`` any, of ``AND`` all must be allowed."""
    if expression is None:
        return LicenceVerdict(allowed=False, reason="the licence is unknown")
    parsed = _parse(expression)
    if parsed is None:
        reason = f"{expression!r:.80} is not an SPDX expression"
        return LicenceVerdict(allowed=False, reason=reason)
    return _judge(parsed, policy)


def judge_licences(
    expressions: Iterable[str | None], policy: LicencePolicy
) -> dict[str | None, LicenceVerdict]:
    """Judge each distinct licence once; the table that decisions look up."""
    return {
        expression: judge_licence(expression, policy)
        for expression in dict.fromkeys(expressions)
    }


def obligations(
    expression: str | None, policy: LicencePolicy | None = None
) -> LicenceTerms:
    """Join the terms of an expression: rights that all grant, duties that any asks.

    Of ``OR`` the choice with the most rights and the fewest duties is taken, the
    first of equals; with a policy only among those that it allows, if there is one.
    What is unknown grants nothing.
    """
    parsed = _parse(expression) if expression else None
    return UNKNOWN_TERMS if parsed is None else _join_terms(parsed, policy)


def _conclude_classifiers(words: str) -> LicenceConclusion:
    lines = [line for line in re.split(r"[;,\n]\s*(?=License ::)", words) if line]
    names = [_CLASSIFIER.sub("", line.strip()).strip() for line in lines]
    # "License :: OSI Approved" alone says nothing beside a line that names one.
    named = list(dict.fromkeys(name for name in names if name))
    parts = [_conclude_name(name) for name in named]
    unclear = [part.reason for part in parts if part.expression is None]
    if unclear or not parts:
        reason = "; ".join(unclear) or "the classifier names no licence"
        return LicenceConclusion(None, reason)
    return _normalise(" AND ".join(f"({part.expression})" for part in parts))


def _conclude_text(words: str) -> LicenceConclusion:
    text = " ".join(words.lower().replace("*", " ").replace("#", " ").split())
    head = text[:20_000]
    found = [spdx for spdx, mark in TEXT_MARKS.items() if re.search(mark, head)]
    if not found:
        return LicenceConclusion(None, "the text is that of no licence known here")
    if len(found) > 1:
        return LicenceConclusion(None, f"the text holds several licences: {found}")
    foreign = FOREIGN_MARK.search(text)
    if foreign and found[0] in _SELF_CONTAINED:
        reason = f"to the text of {found[0]} is added {foreign.group()!r}"
        return LicenceConclusion(None, reason)
    return LicenceConclusion(found[0], "known by its text")


def _conclude_name(words: str) -> LicenceConclusion:
    key = name_key(words)
    if key in AMBIGUOUS:
        return LicenceConclusion(None, f"{words!r:.60}: {AMBIGUOUS[key]}")
    if key in ALIASES:
        return LicenceConclusion(ALIASES[key], "known by its name")
    pieces = [
        piece if _OPERATOR.fullmatch(piece) else ALIASES.get(name_key(piece), piece)
        for piece in _OPERATOR.split(words)
    ]
    return _normalise("".join(pieces))


def _normalise(words: str) -> LicenceConclusion:
    parsed = _parse(words)
    if parsed is None:
        reason = f"{words!r:.60} is neither an SPDX expression nor a name known here"
        return LicenceConclusion(None, reason)
    return LicenceConclusion(str(parsed.simplify()), "an SPDX expression")


@functools.cache
def _spdx() -> Licensing:
    return get_spdx_licensing()


def _parse(words: str) -> Any | None:
    """Parse an expression of known SPDX identifiers; null if it is none."""
    try:
        return _spdx().parse(words, validate=True)
    except (ExpressionError, ExpressionParseError, RecursionError):
        return None


def _operands(parsed: Any) -> tuple[str, list[Any]]:
    """Split an expression into its operator (AND, OR, or none) and operands."""
    operator = getattr(parsed, "operator", "").strip()
    return operator, list(parsed.args) if operator else []


def _base_licence(symbol: Any) -> str:
    # A symbol of "X WITH Y" has no key of its own; an exception only adds rights.
    return getattr(symbol, "license_symbol", symbol).key


def _judge(parsed: Any, policy: LicencePolicy) -> LicenceVerdict:
    operator, operands = _operands(parsed)
    if not operator:
        return _judge_symbol(parsed, policy)
    verdicts = [_judge(operand, policy) for operand in operands]
    join: Callable[[Iterable[bool]], bool] = any if operator == "OR" else all
    allowed = join(verdict.allowed for verdict in verdicts)
    reasons = [verdict.reason for verdict in verdicts if verdict.allowed == allowed]
    return LicenceVerdict(allowed, "; ".join(reasons))


def _judge_symbol(symbol: Any, policy: LicencePolicy) -> LicenceVerdict:
    name, base = str(symbol), _base_licence(symbol)
    terms = _terms_of(base, policy)
    problem = None
    if terms is not None and not terms.train_ok:
        problem = f"{name} forbids derived works"
    elif terms is not None and policy.purpose == "commercial" and not terms.commercial:
        problem = f"{name} forbids commercial use"
    elif terms is None or not {base, name} & set(policy.allowed):
        problem = f"{name} is not on the list of allowed licences"
    return LicenceVerdict(problem is None, problem or f"{name} is allowed")


def _terms_of(spdx: str, policy: LicencePolicy | None) -> LicenceTerms | None:
    extra = policy.additional_terms if policy else {}
    return extra.get(spdx) or TERMS.get(spdx)


def _join_terms(parsed: Any, policy: LicencePolicy | None) -> LicenceTerms:
    operator, operands = _operands(parsed)
    if not operator:
        return _terms_of(_base_licence(parsed), policy) or UNKNOWN_TERMS
    if operator == "OR" and policy is not None:
        operands = [o for o in operands if _judge(o, policy).allowed] or operands
    choices = [_join_terms(operand, policy) for operand in operands]
    if operator == "OR":
        return max(choices, key=_freedom)
    return LicenceTerms(
        train_ok=all(terms.train_ok for terms in choices),
        commercial=all(terms.commercial for terms in choices),
        derivatives=all(terms.derivatives for terms in choices),
        share_alike=any(terms.share_alike for terms in choices),
        attribution=any(terms.attribution for terms in choices),
    )


def _freedom(terms: LicenceTerms) -> tuple[int, int]:
    rights = terms.train_ok + terms.commercial + terms.derivatives
    return rights, -(terms.share_alike + terms.attribution)
