"""Turn the content of a file into a record, or say why it cannot be one."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taojin.core.foreign_text import make_visible
from taojin.core.media_records import MediaSource, media_id
from taojin.ingestion.candidates import Refusal
from taojin.ingestion.documents import dump_metadata
from taojin.ingestion.media.archives import read_content
from taojin.ingestion.media.config import MediaIngestionConfig
from taojin.ingestion.media.manifests import MediaFile
from taojin.media.decoded import RejectedItemError
from taojin.media.images import decode_image, encode_pixels
from taojin.media.recordings import Recording, encode_samples, read_recording


def read_file(
    file: MediaFile, source: MediaSource, config: MediaIngestionConfig
) -> dict[str, Any] | Refusal:
    """Read one file into a row without its licence.

    Raises:
        OSError: If it cannot be opened, and what else
            :data:`taojin.ingestion.streams.READ_ERRORS` names.
        ConfigurationError: If an extra is needed and not installed.
    """
    label = file.item.label
    max_bytes = int(config.limits.max_file_megabytes * 1e6)
    content = read_content(file.item, max_bytes)
    if content is None:
        return Refusal("too_large", f"over {max_bytes} bytes", label)
    metadata = dump_metadata(file.metadata, config.max_metadata_bytes)
    try:
        if source.modality == "image":
            pixels, notes = decode_image(content, config.limits)
            row = image_row(pixels, content, source.name, label, file.known)
        else:
            recording, notes = read_recording(content, config.limits)
            row = clip_row(recording, content, source.name, label, file.known)
    except RejectedItemError as error:
        return Refusal(error.reason, error.detail, label)
    return {**row, "notes": list(notes), "metadata": metadata}


def image_row(
    pixels: NDArray[np.uint8],
    content: bytes,
    source: str,
    uri: str,
    known: Mapping[str, str],
) -> dict[str, Any]:
    """The fields of an image, with no notes and no metadata.

    Args:
        pixels: ``[height, width, 1 or 3]``.
        content: What it is identified by, see ``media_id``.
        source: Name of its source.
        uri: Where it lies.
        known: What is known of it besides.
    """
    height, width, num_channels = pixels.shape
    shown = make_visible(uri)
    return {
        "image_id": media_id(source, shown, content),
        "image": encode_pixels(pixels),
        "width": width,
        "height": height,
        "mode": "L" if num_channels == 1 else "RGB",
        "source": source,
        "uri": shown,
        **{name: known.get(name) for name in ("label", "caption", "caption_zh")},
        "licence_declared": known.get("licence"),
        "notes": [],
        "metadata": "{}",
    }


def clip_row(
    recording: Recording,
    content: bytes,
    source: str,
    uri: str,
    known: Mapping[str, str],
) -> dict[str, Any]:
    """The fields of a recording; see :func:`image_row`."""
    encoding, samples = encode_samples(recording.samples)
    shown = make_visible(uri)
    return {
        "clip_id": media_id(source, shown, content),
        "samples": samples,
        "encoding": encoding,
        "sample_rate": recording.sample_rate,
        "num_channels": recording.num_channels,
        "num_samples": len(recording.samples),
        "source": source,
        "uri": shown,
        **{name: known.get(name) for name in ("label", "speaker", "transcript")},
        "licence_declared": known.get("licence"),
        "notes": [],
        "metadata": "{}",
    }
