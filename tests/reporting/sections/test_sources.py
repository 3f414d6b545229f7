import re
from typing import Any

from taojin.reporting.sections.sources import view_sources
from taojin.reporting.texts import Texts


def viewed(report: dict[str, Any], say: Texts) -> dict[str, Any]:
    view = view_sources(report, say)
    assert view is not None
    return view


def test_the_largest_source_comes_first_with_a_waterfall_of_its_own(
    curation: dict[str, Any], say: Texts
) -> None:
    curation["sources"].reverse()
    first, second = viewed(curation, say)["sources"]
    assert first["source"] == "python_documentation"
    bars = [step["bar"] for step in first["steps"]]
    assert [bar.amount for bar in bars] == ["46,095", "−4,747", "−7,328", "34,020"]
    assert second["steps"] == []


def test_what_is_known_of_a_source_stands_beside_it(
    curation: dict[str, Any], say: Texts
) -> None:
    documentation, support = (
        dict(source["facts"]) for source in viewed(curation, say)["sources"]
    )
    assert documentation["Text kept"] == "17.4 MB of 23.1 MB"
    assert documentation["Languages"] == "en 99.8%, zh 0.2%"
    assert documentation["Licences"] == "MIT 91.4%, unknown 8.6%"
    assert documentation["Personal data"] == "email 300"
    assert documentation["Shared with evaluation sets"] == "none"
    assert support["Shared with evaluation sets"] == "quiz 12"
    assert (documentation["Repaired"], support["Repaired"]) == ("none", "mojibake 17")


def test_the_extremes_are_named(curation: dict[str, Any], say: Texts) -> None:
    assert viewed(curation, say)["lead"].startswith(
        "Of the 2 sources, python_documentation kept the least (73.8% of its "
        "documents) and support_articles the most (77.9%)."
    )
    curation["sources"].pop()
    assert viewed(curation, say)["lead"].endswith("one source, python_documentation.")
    curation["sources"] = []
    assert viewed(curation, say)["lead"] == "No documents reached curation."


def test_very_many_sources_are_listed_and_the_rest_counted(
    curation: dict[str, Any], say: Texts
) -> None:
    source = curation["sources"][0]
    curation["sources"] = [source | {"source": f"s{i:04d}"} for i in range(260)]
    view = viewed(curation, say)
    assert (len(view["sources"]), len(view["others"])) == (30, 170)
    assert view["num_hidden"] == 60


def test_very_many_languages_are_cut_and_say_so(
    curation: dict[str, Any], say: Texts
) -> None:
    language = {"language": "en", "num_documents": 10}
    curation["sources"][0]["languages"] = [language] * 20
    facts = dict(viewed(curation, say)["sources"][0]["facts"])
    assert facts["Languages"].endswith("en <0.1%, 14 more")


def test_a_source_without_documents_has_no_share(
    curation: dict[str, Any], say: Texts
) -> None:
    empty = {"num_documents": 0, "num_kept": 0, "num_bytes": 0, "num_bytes_kept": 0}
    curation["sources"] = [{"source": "a", **empty}, curation["sources"][0]]
    source = viewed(curation, say)["sources"][1]
    assert source["share"] == "–"
    assert not re.search("nan|inf", source["chart"])
