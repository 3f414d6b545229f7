import copy
import re

import pytest

from taojin.reporting.axes_page import AxesInputs, render_axes
from taojin.reporting.texts_media import media_texts

EVIL = "<script>alert(1)</script>\u202ereversed"


def estimate(value):
    return {
        "value": value,
        "low": value - 0.1,
        "high": value + 0.1,
        "num_samples": 50,
        "confidence": 0.95,
    }


def score(value, axis="realism", better="lower", **others):
    return {
        "axis": axis,
        "better": better,
        "estimate": estimate(value),
        "null": estimate(0.1),
        "min_detectable": 0.05,
        **others,
    }


def candidate(value):
    return {
        "scores": {
            "kernel_distance": score(value),
            "recall": score(0.6, "diversity", "higher", null=None),
            "verbatim_copy_rate": score(0.2, "legality"),
            "empty_share": score(0.0, "usability", min_detectable=None),
        },
        "facts": {},
        "tables": {
            "verbatim_copies_by_origin": [
                {"source": EVIL, "licence": None, "rate": estimate(0.2)}
            ]
        },
        "warnings": [f"too short: {EVIL}"],
        "examples": [EVIL, "a text"],
    }


def axes(*names: str):
    profile = dict.fromkeys(("diversity", "realism", "legality", "usability"), 0.5)
    comparison = {
        "profiles": dict.fromkeys(names, profile),
        "correction": "holm",
        "metrics": [{"name": "kernel_distance", "best": list(names[:1])}],
    }
    point = {"temperature": 0.5, "quality": estimate(0.2), "diversity": estimate(0.5)}
    return {
        "candidates": {
            name: candidate(0.1 * place) for place, name in enumerate(names)
        },
        "comparison": comparison if len(names) > 1 else None,
        "not_compared": ["bits_per_byte"],
        "curves": {
            next(iter(names)): {"points": [point, {**point, "temperature": 1.0}]}
        },
        "num_real": 60,
        "extractor": "abcdef0123456789",
    }


def drop(value, shift="a group", *, is_found):
    return {
        "shift": shift,
        "strength": 1.0,
        "before": estimate(0.9),
        "after": estimate(0.9 - value),
        "score": score(value),
        "adjusted_p_value": 0.01,
        "is_found": is_found,
    }


ROBUSTNESS = {
    "topic": {
        "quantity": "accuracy",
        "unshifted": estimate(0.9),
        "shifts": {
            "typos at 1": drop(0.4, "typos", is_found=True),
            "white_space at 1": drop(0.0, "white_space", is_found=False),
        },
        "groups": {EVIL: drop(0.1, is_found=False)},
        "unchanged": ["half_width"],
        "warnings": ["a warning"],
    },
    "likelihood": {
        "quantity": "bits_per_byte",
        "unshifted": estimate(1.5),
        "shifts": {},
        "groups": {},
        "unchanged": [],
        "warnings": [],
    },
}
USABILITY = {
    "cost": {
        "seconds_per_item_median": score(0.5),
        "peak_memory_bytes": score(3_000_000.0),
    },
    "max_new_tokens": 110,
    "candidates": {
        EVIL: {
            "scores": {"train_generated_ratio": score(0.8)},
            "warnings": [f"no {EVIL}"],
        }
    },
}
REASONS = {
    "generations": [
        {
            "text": EVIL,
            "documents": [
                {
                    "title": None, "document_id": "d1", "source": EVIL, "licence": "MIT",
                    "text": EVIL, "gradient": 0.5, "representation": 0.25, "rank": 1,
                }
            ],
        }
    ],
    "decisions": [
        {
            "truth": EVIL, "label": "river", "parts": ["otter", " bank", EVIL],
            "values": [2.0, -1.0, 0.0],
        },
        {"truth": "market", "problem": "the text has no token"},
    ],
}  # fmt: skip
IMAGE = {
    "id": f'" onerror="{EVIL}', "source": "data:image/png;base64,cG5n", "width": 8,
    "height": 8,
}  # fmt: skip
SOUND = {
    "id": EVIL, "source": "data:audio/wav;base64,d2F2", "seconds": 1.0,
    "whole_seconds": 2.0, "picture": IMAGE,
}  # fmt: skip
MEMORY = {"scores": {"loss_auc": score(0.6)}, "warnings": [f"memory {EVIL}"]}


@pytest.fixture
def inputs():
    parts = (axes("first", "second"), MEMORY, ROBUSTNESS, USABILITY, REASONS)
    return AxesInputs(*map(copy.deepcopy, parts))


def test_every_part_is_on_the_page(inputs):
    page = render_axes(inputs)

    for part in (
        "axes", "copies", "memory", "robustness", "uses", "reasons", "warnings", "examples",
    ):  # fmt: skip
        assert f'<section id="{part}">' in page
    assert page.count("<svg") == 4  # radar, curve, shifts, groups


def test_foreign_text_is_shown_and_never_run(inputs):
    page = render_axes(inputs)

    assert "<script" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;" in page


def test_the_page_needs_nothing_from_elsewhere(inputs):
    page = render_axes(inputs)

    assert not re.findall(r"""(?:src|href|action)\s*=\s*["']?(?:https?:)?//""", page)
    assert not re.findall(r"@import|url\(", page)
    assert "default-src 'none'" in page


def test_one_set_alone_has_scores_and_says_that_nothing_is_compared():
    page = render_axes(AxesInputs(axes("only")))

    assert "nothing to compare it with" in page
    assert "Kernel distance" in page


def test_what_was_not_measured_is_left_out():
    page = render_axes(AxesInputs(axes("first", "second"), {}, {}, {}, {}))

    for part in ("memory", "robustness", "uses", "reasons"):
        assert f'<section id="{part}">' not in page


def test_a_set_that_no_other_beats_is_bold(inputs):
    page = render_axes(inputs)

    [row] = re.findall(r"<tr><td>Kernel distance.*?</tr>", page)
    cells = re.findall(r'<td class="n">(.*?)</td>', row)
    assert cells[0].startswith("<b>")
    assert not cells[1].startswith("<b>")


def test_drops_that_stay_after_correction_are_told_from_others(inputs):
    page = render_axes(inputs)

    [found] = re.findall(r"<tr><td><bdi[^>]*>typos, 1.*?</tr>", page)
    [undecided] = re.findall(r"<tr><td><bdi[^>]*>white space, 1.*?</tr>", page)
    assert page.count("name main") == 1
    assert "differs" in found
    assert "undecided" in undecided
    assert "half width" in page


def test_tokens_are_shaded_by_what_they_add(inputs):
    page = render_axes(inputs)

    assert '<span class="for shade5" title="2">otter</span>' in page
    assert '<span class="against shade2" title="-1"> bank</span>' in page
    assert "the text has no token" in page


def media_page(modality):
    item = IMAGE if modality == "image" else SOUND
    pair = {"generated": item, "training": item, "ratio": 0.1, "hash_bits": 2}
    report = axes("first", "second")
    report["candidates"]["first"]["tables"] = {"suspected_copies": [pair]}
    samples = {
        "modality": modality,
        "seed": 0,
        "num_bytes": 100,
        "max_bytes": 1000,
        "is_full": False,
        "sets": [{"name": None, "num_items": 9, "shown": [item, item]}],
        "pairs": {"first": [pair]},
    }
    return render_axes(AxesInputs(report, samples=samples), media_texts(modality))


@pytest.mark.parametrize("modality", ["image", "audio"])
def test_samples_and_suspected_copies_are_shown_without_scripts(modality):
    page = media_page(modality)

    assert '<section id="media">' in page
    assert '<section id="examples">' not in page
    assert (
        len(re.findall(r'<img src="data:image/png;base64,cG5n" alt="[^"]+"', page)) == 4
    )
    is_audio = modality == "audio"
    players = (
        r'<audio controls preload="metadata" src="data:audio/wav;base64,d2F2" aria'
    )
    assert len(re.findall(players, page)) == 4 * is_audio
    assert "Ratio 0.1; 2 of 64 bits differ" in page
    assert "<script" not in page
    assert 'onerror="' not in page


def test_only_a_page_with_samples_may_show_embedded_ones(inputs):
    [allowed] = re.findall(r'Policy" content="([^"]*)"', media_page("image"))
    [usual] = re.findall(r'Policy" content="([^"]*)"', render_axes(inputs))

    assert usual == "default-src 'none'; style-src 'unsafe-inline'"
    assert allowed == f"{usual}; img-src data:; media-src data:"


def test_the_same_reports_give_the_same_page(inputs):
    assert render_axes(inputs) == render_axes(inputs)
