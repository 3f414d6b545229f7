# ruff: noqa: S314  (only XML of our own making is read)
import xml.etree.ElementTree as ET

import pytest

from taojin.reporting.charts.histogram import Layer, histogram


def kinds(svg: str) -> list[str]:
    found = [r.attrib["class"].split() for r in ET.fromstring(svg).iter("rect")]
    return [names[-1] for names in found if "bin" in names]


def marks(svg: str) -> list[str]:
    found = ET.fromstring(svg).iter("line")
    return [x.attrib["x1"] for x in found if x.attrib["class"] == "threshold"]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (None, None, ["main"] * 4),
        (10, None, ["loss", "main", "main", "main"]),
        (None, 20, ["main", "main", "loss", "loss"]),
        (10, 30, ["loss", "main", "main", "loss"]),
    ],
)
def test_bins_beyond_a_threshold_look_dropped(
    low: float | None, high: float | None, expected: list[str]
) -> None:
    assert (
        kinds(histogram("x", [0, 10, 20, 30, 40], [1, 2, 3, 4], low, high)) == expected
    )


def test_a_threshold_stands_where_its_value_lies() -> None:
    svg = histogram("x", [0, 10, 20, 30, 40], [1, 2, 3, 4], 10, 35)
    assert marks(svg) == ["25%", "87.5%"]
    assert "≥ 10" in svg
    assert "≤ 35" in svg


def test_uneven_edges_make_even_bins_and_thresholds_keep_their_place() -> None:
    svg = histogram("x", [1, 10, 100, 1000], [5, 5, 5], 55)
    assert marks(svg) == ["50%"]


def test_thresholds_outside_the_data_stand_at_the_edge() -> None:
    assert marks(histogram("x", [0, 1], [3], -5, 9)) == ["0%", "100%"]


def test_bars_are_as_high_as_their_counts() -> None:
    root = ET.fromstring(histogram("x", [0, 1, 2], [2, 8]))
    bars = [r for r in root.iter("rect") if "bin" in r.attrib["class"]]
    low, high = (float(bar.attrib["height"]) for bar in bars)
    assert low * 4 == high


def test_a_single_document_among_many_can_be_seen() -> None:
    root = ET.fromstring(histogram("x", [0, 1, 2, 3], [10**6, 1, 0]))
    bars = [r for r in root.iter("rect") if "bin" in r.attrib["class"]]
    heights = [float(bar.attrib["height"]) for bar in bars]
    assert heights[1] >= 1
    assert len(heights) == 2


def test_layers_of_a_bin_stand_on_each_other() -> None:
    layers = [Layer("kept", "main", [3, 1]), Layer("dropped", "loss", [1, 3])]
    root = ET.fromstring(histogram("x", [0, 1, 2], [4, 4], layers=layers))
    bars = [r.attrib for r in root.iter("rect") if "bin" in r.attrib["class"]]
    assert [bar["class"] for bar in bars] == ["bar bin main", "bar bin loss"] * 2
    kept, dropped = bars[:2]
    assert float(dropped["y"]) + float(dropped["height"]) == float(kept["y"])
    assert float(kept["height"]) == 3 * float(dropped["height"])
    titles = [title.text for title in root.iter("title")]
    assert "0 to 1: 4 (3 kept, 1 dropped)" in titles


def test_empty_bins_are_drawn_as_nothing() -> None:
    assert ET.fromstring(histogram("x", [0, 1, 2], [0, 0])) is not None
