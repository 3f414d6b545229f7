from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pytest

from taojin.core.errors import ConfigurationError
from taojin.core.shards import Shards, write_shards
from taojin.validators.frames import frames_of, whole


@dataclass(frozen=True)
class Handle:
    rows: object

    def table(self):
        return self.rows


def make_shards(folder, *columns):
    return write_shards([pa.table({"a": values}) for values in columns], folder)


def test_shards_a_frame_and_a_handle_look_alike(tmp_path):
    frame = pd.DataFrame({"a": ["x", "y", None], "b": [1, 2, 3]})
    table = pa.Table.from_pandas(frame, preserve_index=False)
    shards = write_shards([table.slice(0, 2), table.slice(2)], tmp_path)
    for data in (frame, shards, Handle(frame)):
        frames = frames_of(data)
        assert frames.num_rows == 3
        assert frames.columns == ("a", "b")
        assert frames.arrow_type("a") == "string"
        assert frames.arrow_type("b") == "int64"
        assert whole(frames, ["a"])["a"].fillna("").tolist() == ["x", "y", ""]


def test_parts_hold_only_the_columns_asked_for(tmp_path):
    table = pa.table({"a": [1], "text": ["long"]})
    frames = frames_of(write_shards([table, table], tmp_path))
    assert [list(part.columns) for part in frames.parts(["a"])] == [["a"], ["a"]]


def test_the_order_of_an_index_is_left_behind():
    frames = frames_of(pd.DataFrame({"a": [1, 2]}, index=[7, 7]))
    assert list(next(frames.parts(["a"])).index) == [0, 1]


def test_counting_rows_reads_no_column(tmp_path):
    shards = make_shards(tmp_path, [1, 2], [3])
    for part in shards.parts:
        shards.path(part).unlink()
    assert len(whole(frames_of(shards), [])) == 3


def test_units_of_time_and_dictionaries_keep_their_types():
    times = pd.Series(pd.to_datetime(["2020-01-01"], utc=True))
    frame = pd.DataFrame(
        {
            "us": times.dt.as_unit("us"),
            "ns": times.dt.as_unit("ns"),
            "category": pd.Series(["x"], dtype="category"),
            "nothing": [None],
        }
    )
    frames = frames_of(frame)
    assert frames.arrow_type("us") == "timestamp[us, tz=UTC]"
    assert frames.arrow_type("ns") == "timestamp[ns, tz=UTC]"
    assert frames.arrow_type("category").startswith("dictionary")
    assert frames.arrow_type("nothing") == "null"


@pytest.mark.parametrize("values", [["x", 1], ["\ud800"]], ids=["mixed", "surrogate"])
def test_what_arrow_cannot_hold_is_called_an_object(values):
    frame = pd.DataFrame({"a": pd.Series(values, dtype="object")})
    assert frames_of(frame).arrow_type("a") == "object"


def test_parts_of_different_types_are_both_named(tmp_path):
    shards = make_shards(tmp_path, [1], ["x"])
    assert frames_of(shards).arrow_type("a") == "int64 and string"


def test_shards_without_parts_have_no_columns(tmp_path):
    frames = frames_of(Shards(tmp_path, ()))
    assert frames.num_rows == 0
    assert frames.columns == ()
    assert list(whole(frames, ["a"]).columns) == ["a"]


@pytest.mark.parametrize("data", [None, {"a": [1]}, "text", Handle(None)])
def test_what_is_no_table_is_refused(data):
    with pytest.raises(ConfigurationError, match="cannot be checked"):
        frames_of(data)
