"""The data model of images and recordings, beside that of documents.

Tables are Arrow, as in :mod:`taojin.core.records`; what is said there of sources,
licences and metadata holds here.
"""

import re
from typing import Literal, Self, get_args

import pyarrow as pa
from pydantic import Field, model_validator

from taojin.core.config import StageConfig
from taojin.core.fingerprints import hash_bytes

Modality = Literal["image", "audio"]

_ORIGIN = (
    pa.field("source", pa.string(), nullable=False),
    pa.field("uri", pa.string(), nullable=False),
)
_KNOWN = (
    pa.field("licence_declared", pa.string()),
    pa.field("licence", pa.string()),
    pa.field("notes", pa.list_(pa.string()), nullable=False),
    pa.field("metadata", pa.string(), nullable=False),
)

IMAGE_SCHEMA = pa.schema(
    [
        pa.field("image_id", pa.string(), nullable=False),
        pa.field("image", pa.large_binary(), nullable=False),
        pa.field("width", pa.int32(), nullable=False),
        pa.field("height", pa.int32(), nullable=False),
        pa.field("mode", pa.string(), nullable=False),
        *_ORIGIN,
        pa.field("label", pa.string()),
        pa.field("caption", pa.string()),
        pa.field("caption_zh", pa.string()),
        *_KNOWN,
    ]
)
"""An image.

* ``image_id``: content hash of source, uri and the file (see :func:`media_id`).
* ``image``: PNG without loss, of the image as it was decoded and converted.
* ``mode``: ``L`` for grey, ``RGB`` for colour; 8 bits a channel.
* ``label``: its class; null if it has none.
* ``caption``, ``caption_zh``: what it shows, in English and in Chinese.
* ``notes``: stable words for what decoding had to do, see :mod:`taojin.media`.
"""

CLIP_SCHEMA = pa.schema(
    [
        pa.field("clip_id", pa.string(), nullable=False),
        pa.field("samples", pa.large_binary(), nullable=False),
        pa.field("encoding", pa.string(), nullable=False),
        pa.field("sample_rate", pa.int32(), nullable=False),
        pa.field("num_channels", pa.int32(), nullable=False),
        pa.field("num_samples", pa.int64(), nullable=False),
        *_ORIGIN,
        pa.field("label", pa.string()),
        pa.field("speaker", pa.string()),
        pa.field("transcript", pa.string()),
        *_KNOWN,
    ]
)
"""A recording.

* ``clip_id``: content hash of source, uri and the file (see :func:`media_id`).
* ``samples``: mono, little-endian, in the ``encoding``: ``pcm_16`` (whole numbers of
  16 bits) where that loses nothing, else ``float_32`` (full scale is 1).
* ``sample_rate``: hertz, as in the file.
* ``num_channels``: of the file; ``samples`` are their mean.
* ``label``: its class; ``speaker``: who speaks; ``transcript``: what is said.
"""

MEDIA_REJECTION_REASONS = (
    "empty",
    "too_large",
    "too_long",
    "truncated",
    "unreadable",
    "unknown_range",
    "not_finite",
    "bad_field",
    "no_file",
    "listed_twice",
    "not_listed",
    "unreadable_file",
)
"""Stable words of :data:`taojin.core.records.REJECTED_SCHEMA` for images and
recordings. The last: a file that could not be opened, or a source not listed."""


def media_id(source: str, uri: str, content: bytes) -> str:
    """Identify an image or a recording by content: 32 hexadecimal characters.

    Args:
        source: Name of its source.
        uri: Where in the source it lies.
        content: Of its file; without a file the pixels or samples.
    """
    return hash_bytes(f"{source}\0{uri}\0{hash_bytes(content)}".encode())


class MediaFieldMapping(StageConfig):
    """Which column of a manifest holds what; null where it has no such column."""

    file: str = "file"
    """The file's path, relative to the location."""
    label: str | None = "label"
    caption: str | None = "caption"
    caption_zh: str | None = "caption_zh"
    speaker: str | None = "speaker"
    transcript: str | None = "transcript"
    licence: str | None = "licence"


MediaKind = Literal["images", "digits", "emoji", "recordings", "speech"]

MODALITY_OF: dict[MediaKind, Modality] = {
    "images": "image",
    "digits": "image",
    "emoji": "image",
    "recordings": "audio",
    "speech": "audio",
}

EMBEDDED_MEDIA: frozenset[MediaKind] = frozenset({"digits", "emoji", "speech"})
"""Kinds whose content is found without a location."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class MediaSource(StageConfig):
    """A declared origin of images or of recordings; cf. ``Source`` of documents."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)
    kind: MediaKind
    """``images`` and ``recordings`` are folders; ``digits`` are those of
    scikit-learn; ``emoji`` are drawn and ``speech`` is spoken, by optional extras."""
    location: str | None = None
    """A folder, or any fsspec URL with ``*`` wild cards; null for embedded kinds."""
    manifest: str | None = None
    """A CSV or JSONL file that lists the files, one a row; an fsspec URL or path."""
    fields: MediaFieldMapping = MediaFieldMapping()
    """Columns of the manifest."""
    folders_are_labels: bool = True
    """The first subfolder of a file is its label, where no manifest gives one."""
    name_pattern: str | None = None
    """What file names say, without their ending: ``{label}_{speaker}_{index}``."""
    licence: str | None = None
    """SPDX expression for items that declare none of their own."""
    licence_evidence: str | None = None
    owner: str | None = None
    purposes: tuple[Literal["research", "commercial"], ...] = ()
    unit_cost: float = Field(default=0.0, ge=0.0)
    """Price of one megabyte, in the team's currency."""
    trusted: bool = False
    """May stand in the core that valuation measures the other sources against."""

    @property
    def modality(self) -> Modality:
        """What it holds."""
        return MODALITY_OF[self.kind]

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        embedded = self.kind in EMBEDDED_MEDIA
        if embedded and (self.location or self.manifest or self.name_pattern):
            message = (
                f"kind {self.kind} finds its content itself; remove location, "
                "manifest and name_pattern"
            )
            raise ValueError(message)
        if not embedded and not self.location:
            message = f"kind {self.kind} needs a location (a folder or fsspec URL)"
            raise ValueError(message)
        names = _PLACEHOLDER.findall(self.name_pattern or "{label}")
        if not all(name.isidentifier() for name in names) or not names:
            message = (
                f"name_pattern {self.name_pattern!r} needs names in braces, as in "
                "{label}_{speaker}_{index}"
            )
            raise ValueError(message)
        if len(set(names)) < len(names):
            message = f"name_pattern {self.name_pattern!r} uses a name twice"
            raise ValueError(message)
        return self

    def name_expression(self) -> re.Pattern[str] | None:
        """The pattern of file names as a regular expression; null without one."""
        if self.name_pattern is None:
            return None
        pieces = _PLACEHOLDER.split(self.name_pattern)
        parts = [
            f"(?P<{piece}>.+?)" if place % 2 else re.escape(piece)
            for place, piece in enumerate(pieces)
        ]
        return re.compile("".join(parts))


KINDS = get_args(MediaKind)
