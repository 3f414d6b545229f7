"""Docstrings of a module, found by parsing it."""

import ast
import gc
import inspect
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

PARSE_ERRORS = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What parsing source of any content may raise."""

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Definition = _Function | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Docstring:
    """A docstring, its indentation taken off.

    Attributes:
        kind: What it documents.
        name: Qualified name inside the module (``Class.method``); empty for the
            module itself.
        text: The docstring as :func:`inspect.cleandoc` leaves it.
        signature: How a function or class is called, as written:
            ``norm(x, ord=None)``; None for a module.
        line: Line of the definition, from 1.
    """

    kind: Literal["module", "class", "function"]
    name: str
    text: str
    signature: str | None
    line: int


def parse_module(content: bytes) -> ast.Module:
    """Parse source as the interpreter would read it, encoding mark included.

    Raises:
        SyntaxError: Or another of :data:`PARSE_ERRORS`.
    """
    with warnings.catch_warnings(), _without_collection():
        # Invalid escapes in other people's strings are not ours to report.
        warnings.simplefilter("ignore")
        return ast.parse(content)


@contextmanager
def _without_collection() -> Generator[None, None, None]:
    """Hold the garbage collector back: walking half-built trees takes 1/4 of parsing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def find_docstrings(module: ast.Module, min_chars: int) -> Iterator[Docstring]:
    """Yield the docstrings of at least ``min_chars`` characters, in source order.

    Functions inside functions are private to them and passed over.
    """
    text = _docstring(module)
    if text is not None and len(text) >= min_chars:
        yield Docstring("module", "", text, None, 1)
    for name, node in _definitions(module.body, ""):
        text = _docstring(node)
        if text is None or len(text) < min_chars:
            continue
        kind = "class" if isinstance(node, ast.ClassDef) else "function"
        yield Docstring(kind, name, text, _signature(node), node.lineno)


def _definitions(
    body: list[ast.stmt], prefix: str
) -> Iterator[tuple[str, _Definition]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield f"{prefix}{node.name}", node
            yield from _definitions(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, _Function):
            yield f"{prefix}{node.name}", node
        elif isinstance(node, ast.If | ast.Try):
            yield from _definitions(_branches(node), prefix)


def _branches(node: ast.If | ast.Try) -> list[ast.stmt]:
    """Join what depends on a platform or on an optional import."""
    handlers = node.handlers if isinstance(node, ast.Try) else []
    fallbacks = [statement for handler in handlers for statement in handler.body]
    return [*node.body, *fallbacks, *node.orelse]


def _docstring(node: ast.Module | _Definition) -> str | None:
    match node.body[:1]:
        case [ast.Expr(value=ast.Constant(value=str(text)))]:
            return inspect.cleandoc(text).strip()
        case _:
            return None


def _signature(node: _Definition) -> str:
    if isinstance(node, _Function):
        return f"{node.name}({ast.unparse(node.args)})"
    for statement in node.body:
        if isinstance(statement, _Function) and statement.name == "__init__":
            return f"{node.name}({_without_self(statement.args)})"
    return node.name


def _without_self(arguments: ast.arguments) -> str:
    words = ast.unparse(arguments)
    if not (arguments.posonlyargs or arguments.args):
        return words
    _, _, rest = words.partition(", ")
    return rest.removeprefix("/, ")
