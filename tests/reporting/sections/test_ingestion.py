from typing import Any

from taojin.reporting.sections.ingestion import view_ingestion
from taojin.reporting.texts import Texts


def test_without_a_report_there_is_nothing_to_view(say: Texts) -> None:
    assert view_ingestion(None, say) is None
    assert view_ingestion({}, say) is None


def test_rare_licences_are_gathered_into_one_bar(
    ingestion: dict[str, Any], say: Texts
) -> None:
    ingestion["licences"] = [
        {"licence": f"Licence-{index}", "num_documents": 100 - index}
        for index in range(30)
    ]
    view = view_ingestion(ingestion, say)
    assert view is not None
    assert "20 other licences" in view["licences"]
    assert "Licence-9" in view["licences"]
    assert "Licence-10" not in view["licences"]


def test_unknown_licences_show_what_was_declared(
    ingestion: dict[str, Any], say: Texts
) -> None:
    view = view_ingestion(ingestion, say)
    assert view is not None
    assert view["unknown"] == "Unknown licences are declared as “BSD”, “Dual License”."


def test_rejections_say_in_words_what_was_wrong(
    ingestion: dict[str, Any], say: Texts
) -> None:
    view = view_ingestion(ingestion, say)
    assert view is not None
    shown = [(row["reason"], row["num_records"]) for row in view["rejections"]]
    assert shown == [("has no text", 98), ("cannot be parsed", 23)]
