import pytest
from kedro.io import DatasetError

from taojin.datasets.examples import ExampleFileDataset


def test_a_missing_file_is_there_for_the_catalogue_and_not_for_the_node(tmp_path):
    dataset = ExampleFileDataset(str(tmp_path / "task.jsonl"))

    assert dataset.exists()
    assert not dataset.load().is_there
    assert dataset.fingerprint() == "missing"


def test_the_identity_follows_the_content(tmp_path):
    path = tmp_path / "task.jsonl"
    dataset = ExampleFileDataset(str(path))
    path.write_text("{}")
    first = dataset.fingerprint()

    path.write_text('{"a": 1}')

    assert first != dataset.fingerprint() != "missing"
    assert dataset.load().is_there


def test_raw_data_is_not_written(tmp_path):
    with pytest.raises(DatasetError, match="raw data"):
        ExampleFileDataset(str(tmp_path / "task.jsonl")).save("x")  # pyright: ignore[reportArgumentType]
