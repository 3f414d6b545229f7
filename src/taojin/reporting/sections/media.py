"""Samples of generated and real images or recordings, and suspected copies."""

from collections.abc import Mapping
from typing import Any

from taojin.core.numbers import format_bytes, format_number, format_seconds
from taojin.reporting.inputs import Report, part_of, rows_of
from taojin.reporting.texts import Texts

_SIDE = 64
_PAIR_SIDE = 128
"""Pixels of the page that a small image is enlarged to, by whole factors."""


def view_media(
    samples: Report | None, axes: Report, say: Texts
) -> dict[str, Any] | None:
    """Prepare samples of every set, and suspected copies beside training items.

    Args:
        samples: See :func:`taojin.evaluation.judging.media_samples.media_samples`.
        axes: The report, which counts all suspected copies.
        say: The language; see :func:`~taojin.reporting.texts_media.media_texts`.

    Returns:
        None where there are no samples.
    """
    if not samples:
        return None
    return {
        "is_audio": samples["modality"] == "audio",
        "note": _note(samples, say),
        "sets": [_set(one, say) for one in samples["sets"]],
        "copies": _copies(samples, axes, say),
    }


def _note(samples: Report, say: Texts) -> str:
    numbers = (format_bytes(samples[key]) for key in ("num_bytes", "max_bytes"))
    size, limit = numbers
    parts = [
        say("media.note", seed=samples["seed"]),
        say("media.size", size=size, limit=limit),
    ]
    if samples["is_full"]:
        parts.append(say("media.full"))
    return " ".join(parts)


def _set(one: Mapping[str, Any], say: Texts) -> dict[str, Any]:
    name = say("media.real") if one["name"] is None else one["name"]
    count = say("media.count", shown=len(one["shown"]), total=one["num_items"])
    shown = [_item(item, name, _SIDE, say) for item in one["shown"]]
    return {"name": name, "count": count, "shown": shown}


def _item(
    item: Mapping[str, Any], set_name: str, side: int, say: Texts
) -> dict[str, Any]:
    known = {"id": item["id"], "set": set_name}
    if "picture" in item:
        seconds, whole = item["seconds"], item["whole_seconds"]
        length = format_seconds(whole)
        if seconds < whole:
            length = say("media.cut", shown=format_seconds(seconds), whole=length)
        return {**item, "alt": say("media.sound", **known), "length": length}
    size = {"width": item["width"], "height": item["height"]}
    factor = max(1, side // max(size.values()))
    drawn = {name: pixels * factor for name, pixels in size.items()}
    return {**item, "alt": say("media.image", **known, **size), **drawn}


def _copies(samples: Report, axes: Report, say: Texts) -> list[dict[str, Any]] | None:
    """Suspected copies of each candidate; None where none were looked for."""
    pairs: Mapping[str, Any] = samples["pairs"]
    if not pairs:
        return None
    return [
        {
            "name": name,
            "count": _count(len(rows), name, axes, say),
            "pairs": [_pair(row, name, say) for row in rows],
        }
        for name, rows in pairs.items()
    ]


def _count(num_shown: int, name: str, axes: Report, say: Texts) -> str:
    tables = part_of(axes, "candidates", name, "tables")
    num_found = len(rows_of(tables, "suspected_copies"))
    if not num_found:
        return say("media.no_pairs")
    return say("media.pair_count", shown=num_shown, total=num_found)


def _pair(row: Mapping[str, Any], name: str, say: Texts) -> dict[str, Any]:
    generated, training = say("media.generated"), say("media.training")
    return {
        "sides": [
            (generated, _item(row["generated"], name, _PAIR_SIDE, say)),
            (training, _item(row["training"], training, _PAIR_SIDE, say)),
        ],
        "numbers": say(
            "media.pair", ratio=format_number(row["ratio"]), bits=row["hash_bits"]
        ),
    }
