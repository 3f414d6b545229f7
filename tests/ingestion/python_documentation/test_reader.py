import json
import sys

import pytest

from taojin.core.errors import SourceReadError
from taojin.core.records import Source
from taojin.ingestion.candidates import Candidate, Refusal
from taojin.ingestion.config import IngestionConfig, PythonDocumentationConfig
from taojin.ingestion.documents import to_row
from taojin.ingestion.python_documentation.distributions import list_distributions
from taojin.ingestion.python_documentation.reader import read_distribution

SOURCE = Source(name="docs", kind="python_documentation")
TEXT = "Finds gold where there is gold. " * 3
METADATA = """Metadata-Version: 2.4
Name: Gold_Pan
Version: 1.2
{licence}
Description-Content-Type: text/markdown

# Gold pan

It pans.
"""
MODULES = {
    "gold_pan/__init__.py": f'"""{TEXT}"""\nraise SystemExit("was imported")',
    "gold_pan/find.py": f'def find(river, depth=3):\n    """{TEXT}"""\n' * 2,
    "gold_pan/broken.py": f'"""{TEXT}"""\nprint "two"',
    "gold_pan/short.py": '"""Short."""',
    "gold_pan/tests/test_find.py": f'"""{TEXT}"""',
}


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a distribution into a folder of its own at the head of the path."""

    def make(licence="License-Expression: MIT", modules=None, lost=()):
        about = tmp_path / "gold_pan-1.2.dist-info"
        about.mkdir(exist_ok=True)
        (about / "METADATA").write_text(METADATA.format(licence=licence))
        modules = MODULES if modules is None else modules
        for name, content in modules.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        names = [*modules, *lost, "../../bin/pan.py"]
        record = "".join(
            f"{name},sha256=x,{len(modules.get(name, ''))}\n" for name in names
        )
        (about / "RECORD").write_text(record)
        monkeypatch.syspath_prepend(str(tmp_path))

    return make


def read(name="gold-pan", **settings):
    settings = {"min_chars": 5, "distributions": (name,), **settings}
    config = IngestionConfig(python_documentation=PythonDocumentationConfig(**settings))
    (item,) = list_distributions(SOURCE, config.python_documentation)
    return list(read_distribution(item, SOURCE, config))


def by_uri(found):
    return {one.uri: one for one in found}


def test_a_distribution_yields_its_description_and_docstrings(install):
    install()
    found = by_uri(read())
    assert set(found) == {
        "Gold_Pan-1.2#description",
        "Gold_Pan-1.2/gold_pan/__init__.py",
        "Gold_Pan-1.2/gold_pan/find.py#find",
        "Gold_Pan-1.2/gold_pan/find.py#find@3",
        "Gold_Pan-1.2/gold_pan/broken.py",
        "Gold_Pan-1.2/gold_pan/short.py",
    }
    function = found["Gold_Pan-1.2/gold_pan/find.py#find"]
    assert isinstance(function, Candidate)
    assert function.text == TEXT.strip()
    assert function.title == "gold_pan.find.find"
    assert function.licence == "MIT"
    assert function.metadata == {
        "distribution": "Gold_Pan",
        "version": "1.2",
        "kind": "function",
        "qualified_name": "gold_pan.find.find",
        "signature": "find(river, depth=3)",
    }
    package = found["Gold_Pan-1.2/gold_pan/__init__.py"]
    assert isinstance(package, Candidate)
    assert (package.title, package.metadata["kind"]) == ("gold_pan", "module")
    description = found["Gold_Pan-1.2#description"]
    assert isinstance(description, Candidate)
    assert description.text == "# Gold pan\n\nIt pans."
    assert description.metadata["content_type"] == "text/markdown"


def test_a_module_that_cannot_be_parsed_is_refused(install):
    install()
    broken = by_uri(read())["Gold_Pan-1.2/gold_pan/broken.py"]
    assert isinstance(broken, Refusal)
    assert broken.reason == "unparsable"
    assert "SyntaxError" in broken.detail


def test_a_module_that_is_listed_and_absent_is_refused(install):
    import importlib_metadata  # noqa: F401 - it changes what importlib.metadata finds

    install(lost=["gold_pan/lost.py"])
    lost = by_uri(read())["Gold_Pan-1.2/gold_pan/lost.py"]
    assert isinstance(lost, Refusal)
    assert lost.reason == "unreadable_file"


def test_short_docstrings_are_no_records(install):
    install()
    found = read(min_chars=50)
    assert "Gold_Pan-1.2/gold_pan/short.py" not in by_uri(found)
    assert "Gold_Pan-1.2#description" not in by_uri(found)


def test_a_limit_ends_a_distribution_and_the_order_is_fixed(install):
    modules = {f"gold_pan/m{i:02d}.py": f'"""{TEXT}"""' for i in range(40)}
    install(modules=modules)
    everything = read()
    some = read(max_bytes_per_distribution=1000)
    assert some == everything[: len(some)]
    assert (
        1000 <= sum(len(one.text) for one in some if isinstance(one, Candidate)) < 1200
    )
    names = [one.uri for one in some[1:]]
    assert names != sorted(names)  # a cross-section, not the head of the alphabet


@pytest.mark.parametrize(
    ("headers", "licence"),
    [
        ("License-Expression: MIT OR Apache-2.0\nLicense: x", "MIT OR Apache-2.0"),
        ("License: BSD\nClassifier: License :: OSI Approved :: MIT License", "BSD"),
        (
            "License: UNKNOWN\nClassifier: Topic :: Text\n"
            "Classifier: License :: OSI Approved :: MIT License",
            "License :: OSI Approved :: MIT License",
        ),
        (
            "Classifier: License :: A\nClassifier: License :: B",
            "License :: A; License :: B",
        ),
        ("License: " + "word " * 50, ("word " * 50).strip()),
        ("Author: someone", None),
    ],
)
def test_the_licence_is_what_the_metadata_declares(install, headers, licence):
    install(licence=headers)
    found = read()[0]
    assert isinstance(found, Candidate)
    assert found.licence == licence


def test_another_file_in_a_distribution_is_another_identity(install):
    config = PythonDocumentationConfig(distributions=("Gold.Pan",))
    install()
    (before,) = list_distributions(SOURCE, config)
    assert (before.path, before.label) == ("gold-pan", "Gold_Pan-1.2")
    install(lost=["gold_pan/new.py"])
    (after,) = list_distributions(SOURCE, config)
    assert after.identity != before.identity


def test_a_distribution_that_is_not_installed_is_an_error():
    config = PythonDocumentationConfig(distributions=("no-such-thing", "pip"))
    with pytest.raises(SourceReadError, match="not installed: no-such-thing"):
        list_distributions(SOURCE, config)


def test_every_installed_distribution_but_this_project_is_listed_once():
    labels = [
        item.path for item in list_distributions(SOURCE, PythonDocumentationConfig())
    ]
    assert labels == sorted(set(labels))
    assert {"python", "numpy", "pyarrow"} <= set(labels)
    assert "taojin" not in labels


def test_the_standard_library_and_the_language_reference_are_documents():
    found = read("python", min_chars=200, max_bytes_per_distribution=900_000)
    kinds = {one.metadata["kind"] for one in found if isinstance(one, Candidate)}
    assert {"topic", "function"} <= kinds
    first = found[0]
    assert isinstance(first, Candidate)
    assert first.licence == "PSF-2.0"
    assert first.uri.startswith(
        f"python-{sys.version.split()[0]}/pydoc_data/topics.py#"
    )


def test_real_documentation_becomes_rows():
    found = read("numpy", min_chars=200, max_bytes_per_distribution=100_000)
    rows = [
        to_row(one, "docs", IngestionConfig())
        for one in found
        if isinstance(one, Candidate)
    ]
    assert len(rows) > 20
    for row in rows:
        assert isinstance(row, dict)
        assert row["licence_declared"]
        assert json.loads(row["metadata"])["distribution"] == "numpy"
        assert len(row["text"]) >= 200


def test_reading_imports_nothing(install):
    install()
    before = set(sys.modules)
    read()
    assert not {name for name in set(sys.modules) - before if name.startswith("gold")}
