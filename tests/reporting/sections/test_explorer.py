import json
from typing import Any

from taojin.reporting.sections.explorer import view_explorer
from taojin.reporting.texts import ENGLISH, Texts


def viewed(report: dict[str, Any], say: Texts) -> dict[str, Any]:
    view = view_explorer(report, say)
    assert view is not None
    return view


def test_a_report_without_a_sample_has_no_explorer(
    curation: dict[str, Any], say: Texts
) -> None:
    curation["explorer"] = {}
    assert view_explorer(curation, say) is None
    del curation["explorer"]
    assert view_explorer(curation, say) is None
    assert view_explorer(None, say) is None


def test_each_bound_of_a_threshold_has_a_slider(
    curation: dict[str, Any], say: Texts
) -> None:
    rules = {rule["rule"]: rule for rule in viewed(curation, say)["rules"]}
    assert rules["licence_policy"]["sliders"] == []
    assert rules["licence_policy"]["count"] == "4,747"
    (words,) = rules["min_words"]["sliders"]
    # Off is left of the lowest position, so the second of three is at 2 of 0 to 3.
    assert (words["place"], words["maximum"], words["value"]) == (2, 3, "50")
    assert rules["min_words"]["scope"] == "en"
    low, high = rules["mean_word_length"]["sliders"]
    assert (low["place"], low["threshold"]) == (1, 1)
    # Off is right of the highest.
    assert (high["place"], high["maximum"], high["sign"]) == (1, 2, "≤")


def test_the_error_of_the_sample_is_stated(
    curation: dict[str, Any], say: Texts
) -> None:
    curation["explorer"]["num_sampled"] = 5000
    lead = viewed(curation, say)["lead"]
    assert "5,000 documents, drawn at random from 48,092 documents" in lead
    assert "at most ±1.4 points" in lead
    curation["num_documents"] = 5000
    assert viewed(curation, say)["lead"].startswith("Move a threshold, and all 5,000")


def test_what_the_script_reads_is_safe_within_html(
    curation: dict[str, Any], say: Texts
) -> None:
    hostile = "</script><!-- & \u202e \ud800"
    curation["explorer"]["sources"][0] = hostile
    curation["sources"][0]["source"] = hostile
    written = viewed(curation, say)["data"]
    assert written.isascii()
    assert not set(written) & set("<>&")
    content = json.loads(written)
    name = content["now"]["sources"][0]["source"]
    # The script finds a source by its name, so both must be written alike.
    assert name == content["table"]["sources"][0]
    assert name.startswith("</script><!-- & ")
    assert not set(name) & {"\u202e", "\ud800"}


def test_the_script_is_given_every_sentence_that_it_says(
    curation: dict[str, Any], say: Texts
) -> None:
    content = json.loads(viewed(curation, say)["data"])
    assert content["say"]["margin"] == ENGLISH["explorer.margin"]
    assert content["now"]["dropped"] == [4747, 1630, 214, 3201, 1876]
    assert content["now"]["num_kept"] == curation["num_kept"]
