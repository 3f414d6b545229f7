import pandas as pd
import pyarrow as pa

from taojin.core.shards import write_shards
from taojin.features.media_splits import split_items
from taojin.features.splits import SplitConfig, split_documents

CONFIG = SplitConfig(train=0.5, validation=0.25, test=0.25, min_documents=1)


def test_items_are_divided_as_documents_are_and_copies_stay_together(tmp_path):
    ids = [f"x{number}" for number in range(60)]
    groups = [f"g{number // 3}" for number in range(60)]
    images = write_shards([pa.table({"image_id": ids})], tmp_path / "images")
    documents = write_shards([pa.table({"document_id": ids})], tmp_path / "documents")
    clusters = pd.DataFrame({"image_id": ids, "cluster_id": groups})

    found = split_items(images, clusters, CONFIG, "image_id")

    named = clusters.rename(columns={"image_id": "document_id"})
    wanted = split_documents(documents, named, CONFIG)
    assert list(found.columns) == ["image_id", "cluster_id", "split"]
    assert found["split"].tolist() == wanted["split"].tolist()
    pairs = set(zip(found["cluster_id"], found["split"], strict=True))
    assert len(pairs) == 20
