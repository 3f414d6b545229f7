import itertools
from typing import Any

from taojin.reporting.sections.curation import view_curation
from taojin.reporting.texts import Texts


def viewed(report: dict[str, Any], say: Texts) -> dict[str, Any]:
    view = view_curation(report, say)
    assert view is not None
    return view


def test_the_waterfall_runs_from_all_to_what_was_kept(
    curation: dict[str, Any], say: Texts
) -> None:
    bars = [step["bar"] for step in viewed(curation, say)["steps"]]
    assert (bars[0].end, bars[-1].end) == (48092, 35576)
    assert bars[1].end == bars[0].end
    for before, after in itertools.pairwise(bars[1:]):
        assert after.end == before.start


def test_rules_that_dropped_nothing_have_no_step_but_are_named(
    curation: dict[str, Any], say: Texts
) -> None:
    view = viewed(curation, say)
    names = [step["bar"].name for step in view["steps"]]
    assert "max_lines_ending_in_ellipsis" not in names
    assert "max_lines_ending_in_ellipsis" in view["idle"]


def test_an_example_shows_what_was_measured_against_what(
    curation: dict[str, Any], say: Texts
) -> None:
    steps = {step["bar"].name: step for step in viewed(curation, say)["steps"]}
    example = steps["min_words"]["examples"][0]
    assert example["facts"] == "measured 31 · threshold 50"
    assert example["title"] == "numpy.linalg.norm"
    assert (
        steps["licence_policy"]["examples"][0]["facts"] == "dropped by licence_policy"
    )


def test_an_example_of_zero_shows_its_zero(
    curation: dict[str, Any], say: Texts
) -> None:
    example = curation["rules"][0]["examples"][0]
    example |= {"value": 0.0, "threshold": 0.5, "detail": None}
    steps = viewed(curation, say)["steps"]
    assert steps[1]["examples"][0]["facts"] == "measured 0 · threshold 0.5"


def test_examples_and_their_text_are_bounded(
    curation: dict[str, Any], say: Texts
) -> None:
    example = curation["rules"][0]["examples"][0] | {"text": "x" * 10**6}
    curation["rules"][0]["examples"] = [example] * 50
    shown = viewed(curation, say)["steps"][1]["examples"]
    assert len(shown) == 3
    assert len(shown[0]["text"]) == 600


def test_a_distribution_without_bins_is_left_out(
    curation: dict[str, Any], say: Texts
) -> None:
    curation["distributions"] += [
        {"signal": "empty", "rule": None, "edges": [], "counts": []},
        {"signal": "odd", "rule": None, "edges": [0, 1], "counts": [1, 2]},
    ]
    shown = [item["signal"] for item in viewed(curation, say)["distributions"]]
    assert shown == ["num_words", "mean_word_length", "symbol_to_word_ratio"]


def test_bins_show_what_became_of_their_documents(
    curation: dict[str, Any], say: Texts
) -> None:
    view = viewed(curation, say)
    assert [name for name, _ in view["keys"]] == [
        "kept",
        "dropped by another",
        "dropped by this rule",
    ]
    assert "3,000 kept, 1,000 dropped by another" in view["distributions"][0]["chart"]
    for row in curation["distributions"]:
        del row["counts_kept"]
    assert viewed(curation, say)["keys"] == []


def test_of_very_many_histograms_those_of_the_busiest_rules_are_drawn(
    curation: dict[str, Any], say: Texts
) -> None:
    idle = curation["distributions"][0] | {"rule": "idle"}
    idle_ones = [dict(idle) for _ in range(60)]
    curation["distributions"] = idle_ones + curation["distributions"]
    view = viewed(curation, say)
    shown = [item["rule"] for item in view["distributions"]]
    assert len(shown) == 36
    assert set(shown) == {"idle", "min_words", "mean_word_length", "symbol_ratio"}
    assert view["more_distributions"].startswith("27 more rules")


def test_nothing_dropped_and_nothing_left_are_both_said(
    curation: dict[str, Any], say: Texts
) -> None:
    curation |= {"rules": [], "num_dropped": 0, "num_kept": 48092}
    assert viewed(curation, say)["note"] == "No rule dropped a document."
    curation |= {"num_dropped": 48092, "num_kept": 0}
    assert viewed(curation, say)["note"].startswith("Nothing was left.")
