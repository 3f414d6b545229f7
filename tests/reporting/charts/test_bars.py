# ruff: noqa: S314  (only XML of our own making is read)
import xml.etree.ElementTree as ET

from taojin.reporting.charts.bars import Bar, amounts, horizontal_bars, waterfall_step


def rectangles(svg: str, kind: str) -> list[dict[str, str]]:
    found = ET.fromstring(svg).iter("rect")
    return [r.attrib for r in found if kind in r.attrib["class"].split()]


def lines(svg: str) -> list[tuple[str, str, str]]:
    found = ET.fromstring(svg).iter("line")
    return [(x.attrib["x1"], x.attrib["y1"], x.attrib["y2"]) for x in found]


def test_bars_share_one_scale_from_zero() -> None:
    bars = amounts([("MIT", 200, "200"), ("ISC", 50, "50")])
    drawn = rectangles(horizontal_bars("Licences", bars), "bar")
    assert [(bar["x"], bar["width"]) for bar in drawn] == [
        ("0%", "100%"),
        ("0%", "25%"),
    ]


def test_every_bar_carries_name_and_amount_in_words() -> None:
    bars = [Bar("MIT", 0, 2, "2", "declared as “MIT”")]
    svg = horizontal_bars("Licences", bars)
    titles = [title.text for title in ET.fromstring(svg).iter("title")]
    assert titles == ["Licences", "MIT: 2 · declared as “MIT”"]
    assert [text.text for text in ET.fromstring(svg).iter("text")] == ["MIT", "2"]


def test_nothing_is_drawn_for_nothing() -> None:
    svg = horizontal_bars("Licences", amounts([("MIT", 0, "0")]))
    assert rectangles(svg, "bar") == []
    assert ET.fromstring(horizontal_bars("Empty", [])).attrib["height"] == "0"


def test_long_names_are_cut_in_the_picture_but_not_in_words() -> None:
    svg = horizontal_bars("Licences", amounts([("x" * 300, 1, "1")]))
    name = next(ET.fromstring(svg).iter("text")).text or ""
    assert len(name) < 50
    assert "x" * 300 in svg


def test_a_loss_hangs_where_the_step_before_it_ended() -> None:
    svg = waterfall_step(Bar("rule", 60, 90, "−30", kind="loss"), 100)
    assert [(bar["x"], bar["width"]) for bar in rectangles(svg, "loss")] == [
        ("60%", "30%")
    ]
    above, below = lines(svg)
    assert (above[0], above[1]) == ("90%", "0")
    assert (below[0], below[2]) == ("60%", "36")


def test_steps_join_at_their_edges() -> None:
    first = lines(waterfall_step(Bar("all", 0, 100, "100", kind="quiet"), 100))
    loss = lines(waterfall_step(Bar("rule", 60, 100, "−40", kind="loss"), 100))
    last = lines(waterfall_step(Bar("kept", 0, 60, "60"), 100))
    assert (len(first), len(loss), len(last)) == (1, 2, 1)
    assert first[-1][0] == loss[0][0]
    assert loss[-1][0] == last[0][0]
