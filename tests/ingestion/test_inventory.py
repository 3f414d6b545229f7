import json

import pytest

from taojin.core.errors import SourceReadError
from taojin.ingestion.config import IngestionConfig, SourceRegistry
from taojin.ingestion.inventory import items_of, take_inventory

CONFIG = IngestionConfig.model_validate(
    {"python_documentation": {"distributions": ["pip", "tqdm"]}}
)


def registry_of(**locations):
    return SourceRegistry.model_validate(
        {name: {"kind": "jsonl", "location": str(at)} for name, at in locations.items()}
    )


def test_an_inventory_is_json_and_tells_what_there_is(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b"{}")
    registry = registry_of(news=tmp_path)
    inventory = json.loads(json.dumps(take_inventory(registry, CONFIG)))
    news = inventory["sources"]["news"]
    assert (news["num_items"], news["num_bytes"], news["error"]) == (1, 2, None)
    (item,) = items_of(inventory, registry["news"])
    assert item.label == "a.jsonl"


def test_an_inventory_changes_with_the_files_and_only_then(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b"{}")
    registry = registry_of(news=tmp_path)
    before = take_inventory(registry, CONFIG)
    assert take_inventory(registry, CONFIG) == before
    (tmp_path / "b.jsonl").write_bytes(b"{}")
    assert take_inventory(registry, CONFIG)["hash"] != before["hash"]


def test_installed_distributions_are_listed_with_their_versions():
    registry = SourceRegistry.model_validate({"docs": {"kind": "python_documentation"}})
    inventory = take_inventory(registry, CONFIG)
    pip, tqdm = items_of(inventory, registry["docs"])
    assert (pip.path, tqdm.path) == ("pip", "tqdm")
    assert tqdm.label.startswith("tqdm-4.")
    assert take_inventory(registry, CONFIG) == inventory


def test_all_missing_locations_are_told_at_once(tmp_path):
    registry = registry_of(a=tmp_path / "x", b=tmp_path / "y")
    with pytest.raises(SourceReadError) as caught:
        take_inventory(registry, CONFIG)
    assert "source a" in str(caught.value)
    assert "source b" in str(caught.value)


def test_a_missing_location_is_recorded_where_that_is_wanted(tmp_path):
    config = CONFIG.model_copy(update={"on_unreadable": "skip"})
    inventory = take_inventory(registry_of(a=tmp_path / "x"), config)
    assert "source a" in inventory["sources"]["a"]["error"]
    assert inventory["sources"]["a"]["items"] == []


def test_an_inventory_of_other_sources_is_refused(tmp_path):
    registry = registry_of(a=tmp_path)
    with pytest.raises(SourceReadError, match="source a is not in the inventory"):
        items_of({"sources": {}}, registry["a"])
