import pytest

from taojin.ingestion.python_documentation.docstrings import (
    PARSE_ERRORS,
    find_docstrings,
    parse_module,
)

MODULE = '''
"""The module."""
import os

def norm(x, ord=None, *, axis: int = 0, **rest) -> float:
    """The norm.

    Indented by four.
    """
    def inner():
        """Private to norm."""

async def fetch(url):
    "One line."

class Pan(Tool):
    """A pan."""
    def __init__(self, size, /, *grains, depth=3):
        """Make it."""
    @property
    def size(self):
        """Its size."""
    class Rim:
        """Its rim."""

class Keyword:
    """Only keywords."""
    def __init__(self, *, depth=3): ...

class Bare:
    """No constructor."""

if os.name == "nt":
    def slash():
        """Windows."""
else:
    def slash():
        """Others."""
try:
    import fast
except ImportError:
    def fast():
        """Slow."""

def undocumented(): return "not a docstring"
'''


def found_in(source, min_chars=1):
    return list(find_docstrings(parse_module(source.encode()), min_chars))


def test_modules_classes_and_functions_are_found_in_order():
    found = [(one.kind, one.name, one.text) for one in found_in(MODULE)]
    assert found == [
        ("module", "", "The module."),
        ("function", "norm", "The norm.\n\nIndented by four."),
        ("function", "fetch", "One line."),
        ("class", "Pan", "A pan."),
        ("function", "Pan.__init__", "Make it."),
        ("function", "Pan.size", "Its size."),
        ("class", "Pan.Rim", "Its rim."),
        ("class", "Keyword", "Only keywords."),
        ("class", "Bare", "No constructor."),
        ("function", "slash", "Windows."),
        ("function", "slash", "Others."),
        ("function", "fast", "Slow."),
    ]


def test_signatures_are_as_written():
    signatures = {one.name: one.signature for one in found_in(MODULE)}
    assert signatures["norm"] == "norm(x, ord=None, *, axis: int=0, **rest)"
    assert signatures["Pan"] == "Pan(size, /, *grains, depth=3)"
    assert signatures["Keyword"] == "Keyword(*, depth=3)"
    assert signatures["Bare"] == "Bare"
    assert signatures["Pan.size"] == "size(self)"
    assert signatures[""] is None


def test_short_docstrings_are_passed_over():
    assert [one.name for one in found_in(MODULE, min_chars=20)] == ["norm"]


def test_lines_are_those_of_the_definitions():
    slash = [one.line for one in found_in(MODULE) if one.name == "slash"]
    assert slash == [34, 37]


def test_code_is_parsed_and_never_run():
    assert found_in('"""Doc."""\nraise SystemExit("was run")')[0].text == "Doc."


@pytest.mark.filterwarnings("error")
def test_warnings_about_other_peoples_code_are_kept_quiet():
    assert found_in('"""A \\d escape."""')[0].text == "A \\d escape."


def test_a_declared_encoding_is_used():
    source = '# -*- coding: gb18030 -*-\n"""淘金"""'.encode("gb18030")
    (found,) = find_docstrings(parse_module(source), 1)
    assert found.text == "淘金"


@pytest.mark.parametrize(
    "content",
    [
        b"def",
        b'"""\xff"""',
        b"print 'two'",
        b"a\0b",
        b"(" * 5000,
        b"# coding: klingon\n",
    ],
)
def test_what_cannot_be_parsed_raises(content):
    with pytest.raises(PARSE_ERRORS):
        parse_module(content)


def test_a_module_without_anything_has_no_docstrings():
    assert found_in("") == []
