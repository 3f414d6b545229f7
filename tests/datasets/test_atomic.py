import pandas as pd
import pytest
from plotly import graph_objects

from taojin.datasets.atomic import (
    AtomicFigureDataset,
    AtomicJSONDataset,
    AtomicParquetDataset,
    AtomicTextDataset,
)

FRAME = pd.DataFrame({"text": ["a", "淘金"], "n": [1, 2]})


@pytest.mark.parametrize(
    ("dataset", "name", "data"),
    [
        (AtomicJSONDataset, "a.json", {"gold": [1, None, "淘金"]}),
        (AtomicTextDataset, "a.md", "# 淘金\n"),
        (AtomicParquetDataset, "a.parquet", FRAME),
    ],
)
def test_what_is_saved_is_loaded(tmp_path, dataset, name, data):
    one = dataset(filepath=str(tmp_path / "deep" / name))

    one.save(data)

    loaded = one.load()
    if isinstance(data, pd.DataFrame):
        pd.testing.assert_frame_equal(loaded, data)
    else:
        assert loaded == data
    assert [path.name for path in (tmp_path / "deep").iterdir()] == [name]


def test_a_failed_save_leaves_the_old_content(tmp_path):
    dataset = AtomicJSONDataset(filepath=str(tmp_path / "a.json"))
    dataset.save({"good": 1})

    with pytest.raises(Exception, match="not JSON serializable"):
        dataset.save({"good": 2, "zzz": object()})

    assert dataset.load() == {"good": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_chinese_stays_readable_on_disk(tmp_path):
    AtomicJSONDataset(filepath=str(tmp_path / "a.json")).save({"name": "淘金"})

    assert "淘金" in (tmp_path / "a.json").read_text(encoding="utf-8")


def test_a_figure_comes_back_as_it_was(tmp_path):
    figure = graph_objects.Figure({"type": "scatter", "x": [1, 2], "y": [3.5, 1.5]})
    dataset = AtomicFigureDataset(filepath=str(tmp_path / "loss.json"))

    dataset.save(figure)

    assert dataset.load().to_dict()["data"][0]["y"] == [3.5, 1.5]
