import re

import pytest

from taojin.reporting.human_page import render_human

EVIL = "<script>alert(1)</script>\u202ereversed"


def estimate(value, num_samples=30, margin=0.1):
    return {
        "value": value,
        "low": max(value - margin, 0.0),
        "high": value + margin,
        "num_samples": num_samples,
        "confidence": 0.95,
    }


def rate(model, opponent, value):
    return {
        "model": model,
        "opponent": opponent,
        "num_wins": 18,
        "num_ties": 5,
        "num_losses": 7,
        "score": {"estimate": estimate(value), "min_detectable": 0.26},
    }


def judge(checks=5):
    return {
        "checks_passed": estimate(0.9, checks),
        "repeats_kept": estimate(0.8, 5),
        "chose_a": estimate(0.5, 90),
        "num_missing": 3,
        "num_answers": 97,
    }


@pytest.fixture
def findings():
    return {
        "question": f"Which is better? {EVIL}",
        "num_judges": 2,
        "num_answers": 194,
        "excluded": {"lazy": "failed_checks: 0.40 of 5 checks passed"},
        "attention": {EVIL: judge(), "bob": judge(checks=0), "lazy": judge()},
        "agreement": {
            "krippendorff_alpha": estimate(0.61, 60),
            "fleiss_kappa": None,
            "cohen_kappa": [
                {"first": EVIL, "second": "bob", "kappa": estimate(0.55, 41)}
            ],
            "notes": {"fleiss_kappa": f"too few {EVIL}"},
        },
        "win_rates": [
            rate("real", "strong", 0.55),
            rate("strong", "real", 0.45),
            rate("real", EVIL, 0.8),
            rate(EVIL, "real", 0.2),
            rate("strong", EVIL, 0.3),
            rate(EVIL, "strong", 0.7),
        ],
        "strengths": {
            "real": {"estimate": estimate(0.8)},
            "strong": {"estimate": estimate(0.1)},
            EVIL: {"estimate": estimate(0.0)},
        },
    }


def rows_of(page, section):
    [part] = re.findall(rf'<section id="{section}">(.*?)</section>', page, re.DOTALL)
    rows = re.findall(r"<tr><td.*?</tr>", part, re.DOTALL)
    return [
        [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td.*?</td>", row)]
        for row in rows
    ]


def test_each_comparison_is_told_once_of_the_stronger_model(findings):
    rows = rows_of(render_human(findings), "rates")

    assert [row[:2] for row in rows] == [
        ["real", "strong"],
        ["real", "&lt;script&gt;alert(1)&lt;/script&gt;⟨U+202E⟩reversed"],
        ["strong", "&lt;script&gt;alert(1)&lt;/script&gt;⟨U+202E⟩reversed"],
    ]
    assert [row[-1] for row in rows] == ["undecided", "real", rows[2][1]]
    assert rows[0][3:7] == ["18", "5", "7", "0.26"]


def test_decided_rates_are_bold(findings):
    page = render_human(findings)

    assert page.count("<b>") == 2


def test_agreement_that_was_not_measured_says_why(findings):
    rows = rows_of(render_human(findings), "agreement")

    assert rows[0][1:] == ["0.61 [0.51, 0.71]", "60"]
    assert rows[1][1:] == ["not measured", "–"]
    assert "too few" in rows[1][0]
    assert rows[2][0].endswith("and bob")


def test_judges_who_do_not_count_are_named_with_the_reason(findings):
    first, second, lazy = rows_of(render_human(findings), "judges")

    assert first[1:3] == ["97", "3"]
    assert first[-1] == "yes"
    assert second[3] == "–"  # no check was shown
    assert lazy[-1] == "no: failed_checks: 0.40 of 5 checks passed"


def test_the_lead_says_who_was_asked_what(findings):
    page = render_human(findings)

    assert "2 judges gave 194 answers on pairs of 3 models, blind" in page
    assert "1 judge failed the checks" in page
    assert "“Which is better?" in page
    findings["question"] = None
    assert "They were asked" not in render_human(findings)


def test_foreign_text_is_shown_and_never_run(findings):
    page = render_human(findings)

    assert "<script" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;" in page


def test_the_page_needs_nothing_from_elsewhere_and_is_always_the_same(findings):
    page = render_human(findings)

    assert not re.findall(r"""(?:src|href|action)\s*=\s*["']?""", page)
    assert not re.findall(r"@import|url\(", page)
    assert "default-src 'none'; style-src 'unsafe-inline'\"" in page
    assert page == render_human(findings)
