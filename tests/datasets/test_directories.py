import pyarrow as pa
import pytest
from kedro.io import DatasetError

from taojin.core.lineage import Lineage
from taojin.core.shards import write_shards
from taojin.datasets.directories import FolderDataset, ModelDataset, ShardsDataset
from taojin.datasets.resources import LineageDataset, WorkspaceDataset


def shards(root, *numbers):
    return write_shards(
        [pa.table({"n": list(numbers), "t": ["x" * 500] * len(numbers)})], root
    )


def test_a_finished_folder_moves_to_its_place(tmp_path):
    dataset = ShardsDataset(filepath=str(tmp_path / "data" / "documents"))
    made = shards(tmp_path / "work", 1, 2)

    dataset.save(made)

    assert dataset.load().read().column("n").to_pylist() == [1, 2]
    assert dataset.fingerprint() == made.fingerprint
    assert not (tmp_path / "work").exists()


def test_a_new_folder_replaces_the_old_one_as_a_whole(tmp_path):
    dataset = ShardsDataset(filepath=str(tmp_path / "documents"))
    dataset.save(shards(tmp_path / "work", 1, 2))
    (tmp_path / "documents" / "stray").write_text("")

    dataset.save(shards(tmp_path / "work", 3))

    assert dataset.load().num_rows == 1
    assert sorted(path.name for path in (tmp_path / "documents").iterdir()) == [
        "manifest.json",
        "part-00000.parquet",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["documents"]


def test_saving_a_folder_onto_itself_is_refused(tmp_path):
    dataset = ModelDataset(filepath=str(tmp_path / "model"))
    (tmp_path / "model").mkdir()

    with pytest.raises(DatasetError, match="already in its place"):
        dataset.save(tmp_path / "model")


def test_a_folder_of_any_files_is_handed_on_as_its_path(tmp_path):
    dataset = FolderDataset(filepath=str(tmp_path / "study"))
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "pairs.csv").write_text("a,b\n")
    assert not dataset.exists()

    dataset.save(tmp_path / "work")

    assert dataset.load() == tmp_path / "study"
    assert (tmp_path / "study" / "pairs.csv").read_text() == "a,b\n"
    before = dataset.fingerprint()
    (tmp_path / "study" / "pairs.csv").write_text("a,c\n")
    assert dataset.fingerprint() != before


def test_a_damaged_folder_is_an_error_that_names_it(tmp_path):
    dataset = ShardsDataset(filepath=str(tmp_path / "documents"))
    dataset.save(shards(tmp_path / "work", 1))
    (tmp_path / "documents" / "manifest.json").unlink()

    with pytest.raises(DatasetError, match=r"documents has no readable manifest"):
        dataset.load()


def test_a_preview_is_short(tmp_path):
    dataset = ShardsDataset(filepath=str(tmp_path / "documents"))
    dataset.save(shards(tmp_path / "work", *range(100)))

    preview = dataset.preview(nrows=3)

    assert len(preview["data"]) == 3
    assert max(len(cell) for row in preview["data"] for cell in row) == 120


def test_resources_are_given_and_not_saved(tmp_path):
    workspace = WorkspaceDataset(filepath=str(tmp_path / "work"))
    lineage = LineageDataset(filepath=str(tmp_path / "lineage"))

    assert workspace.load().is_dir()
    assert isinstance(lineage.load(), Lineage)
    for resource in (workspace, lineage):
        with pytest.raises(DatasetError, match="is a resource"):
            resource.save(tmp_path)
