from typing import Any

from taojin.reporting.sections.findings import view_findings
from taojin.reporting.sections.flow_table import flow_table
from taojin.reporting.texts import Texts


def viewed(report: dict[str, Any], say: Texts) -> dict[str, Any]:
    view = view_findings(report, say)
    assert view is not None
    return view


def flow(copied_in: str, kept_in: str, number: int) -> dict[str, Any]:
    names = {"copied_in": copied_in, "kept_in": kept_in, "kind": "near"}
    return names | {"num_documents": number, "num_bytes": 10 * number}


def test_no_duplicates_are_said_to_be_none(
    curation: dict[str, Any], say: Texts
) -> None:
    curation["duplicates"] = {"num_exact": 0, "num_near": 0, "num_clusters": 0}
    assert viewed(curation, say)["duplicates"]["lead"] == "No duplicates were found."
    curation["duplicates"] = None
    view = viewed(curation, say)
    assert view["duplicates"]["largest"] == []
    assert view["flows"] is None


def test_copies_are_set_out_by_where_they_were_and_where_they_stay(
    curation: dict[str, Any], say: Texts
) -> None:
    table = viewed(curation, say)["flows"]
    assert table["columns"] == ["python_documentation", "support_articles"]
    rows = {row["source"]: row["cells"] for row in table["rows"]}
    to_documentation, to_support = rows["support_articles"]
    assert to_documentation["count"] == "1,500"
    assert to_documentation["note"] == "100 exact, 1,400 near; 150 kB of text"
    assert to_documentation["heat"] == "1.00"
    assert to_support["count"] == ""
    assert rows["python_documentation"][0]["count"] == "900"


def test_copies_of_many_sources_are_added_up(say: Texts) -> None:
    flows = [flow(f"s{i}", "s0", 100 - i) for i in range(20)]
    table = flow_table(flows, say)
    assert table is not None
    assert len(table["columns"]) == len(table["rows"]) == 9
    counts = [cell["count"] for row in table["rows"] for cell in row["cells"]]
    numbers = [int(count.replace(",", "")) for count in counts if count]
    assert sum(numbers) == sum(100 - i for i in range(20))
    assert table["columns"][-1] == "others"


def test_leaks_recognisers_and_repairs_are_told(
    curation: dict[str, Any], say: Texts
) -> None:
    view = viewed(curation, say)
    (leak,) = view["contamination"]
    assert (leak["evaluation_set"], leak["max_share"]) == ("quiz", "42%")
    (recogniser,) = view["recognisers"]
    assert (recogniser["precision"], recogniser["recall"]) == ("99.5%", "99%")
    assert view["repairs"] == [("mojibake", "17")]
    assert view["repeated_spans"][0] == ("spans", "1,203")


def test_groups_that_are_flagged_most_come_first(
    curation: dict[str, Any], say: Texts
) -> None:
    (model,) = viewed(curation, say)["models"]
    assert model["title"] == "toxicity_score"
    assert ("figures.auc", "0.91") in model["facts"]
    assert [term for term, _ in model["terms"]] == ["gay", "黑人", "women"]
    assert model["terms"][0][1] == "7.5% of 120 [3.5%, 12.5%]"


def test_figures_in_rows_are_set_out_as_a_table(
    curation: dict[str, Any], say: Texts
) -> None:
    curation["models"] = [
        {
            "name": "toxicity",
            "num_texts": 7,
            "data": "messages",
            "held_out": {
                "before": {"auc": 0.9, "by set": {"quiz": 0.8}},
                "after": {"auc": 0.91},
            },
        }
    ]
    (model,) = viewed(curation, say)["models"]
    assert model["facts"] == [("data", "messages"), ("num_texts", "7")]
    (table,) = model["tables"]
    assert (table["name"], table["keys"]) == ("held_out", ["before", "after"])
    assert table["rows"] == [("auc", ["0.9", "0.91"]), ("by set.quiz", ["0.8", "–"])]


def test_personal_data_that_is_found_most_comes_first(
    curation: dict[str, Any], say: Texts
) -> None:
    curation["personal_data"].reverse()
    kinds = [row["kind"] for row in viewed(curation, say)["personal_data"]]
    assert kinds == ["email", "ipv4"]


def test_what_a_report_lacks_is_left_out(curation: dict[str, Any], say: Texts) -> None:
    for key in ("contamination", "recognisers", "repairs", "models", "repeated_spans"):
        del curation[key]
        assert not viewed(curation, say)[key]
