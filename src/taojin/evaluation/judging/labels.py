"""What texts in a file were asked to be."""

from taojin.core.errors import ConfigurationError, DataError
from taojin.evaluation.items.item_sets import ItemSet
from taojin.evaluation.items.read import read_items
from taojin.evaluation.judging.config import CandidateConfig


def read_labels(location: str, candidate: CandidateConfig, items: ItemSet) -> list[str]:
    """Read the label of each text, in their order.

    Args:
        location: The file or folder that the texts were read from.
        candidate: How; ``label_field`` names the label.
        items: The texts.

    Raises:
        ConfigurationError: If the texts stand in files without fields.
        DataError: If a text has no label, or one that is no text.
    """
    field = candidate.label_field
    update = {"text_field": field, "max_items": None}
    found = read_items(location, candidate.items.model_copy(update=update))
    labels = dict(zip(found.ids, found.items, strict=True))
    texts = dict(zip(items.ids, items.items, strict=True))
    if field != candidate.items.text_field and labels == texts:
        message = (
            f"{location} has texts without fields, and label_field is {field!r}; give "
            "JSON objects or a table"
        )
        raise ConfigurationError(message)
    missing = [item_id for item_id in items.ids if item_id not in labels]
    if missing:
        message = (
            f"{len(missing)} of {len(items)} texts of {location} have no label in "
            f"{field!r} that is a text, e.g. {missing[:3]}; label them, or leave "
            "label_field out"
        )
        raise DataError(message)
    return [labels[item_id].strip() for item_id in items.ids]
