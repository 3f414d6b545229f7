"""Configuration of the ingestion of images and recordings."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, RootModel, ValidationError, model_validator

from taojin.core.config import StageConfig
from taojin.core.media_records import MediaSource, Modality
from taojin.core.shards import PART_BYTES
from taojin.media.config import FileLimits

DIGIT_NAMES = (
    *("zero", "one", "two", "three", "four"),
    *("five", "six", "seven", "eight", "nine"),
)
DIGIT_NAMES_ZH = tuple("零一二三四五六七八九")

_MAX_PROBLEMS_SHOWN = 20


class EmojiConfig(StageConfig):
    """How emoji are drawn; the extra ``emoji``."""

    size: int = Field(default=64, ge=8, le=1024)
    """Pixels of each side."""
    margin: float = Field(default=0.0, ge=0.0, lt=0.5)
    """White around the picture, as a share of the side."""
    skin_tones: bool = False
    """Also draw the variants of skin tones: five and more of many a picture."""


class SpeechConfig(StageConfig):
    """What is spoken by the synthesiser; the extra ``speech``.

    Every phrase is spoken in every combination of voice, speed and pitch.
    """

    phrases: dict[str, dict[str, str]] = Field(
        default={
            "en-us": {str(digit): name for digit, name in enumerate(DIGIT_NAMES)},
            "cmn": {str(digit): name for digit, name in enumerate(DIGIT_NAMES_ZH)},
        },
        min_length=1,
    )
    """Of each language of eSpeak NG (``en-us``, ``cmn``): labels and what is said."""
    voices: tuple[str, ...] = Field(default=("m1", "m3", "m7", "f1", "f2", "f5"))
    """Variants of a voice that eSpeak NG knows: the speakers."""
    speeds: tuple[int, ...] = (140, 160, 175, 190)
    """Words a minute."""
    pitches: tuple[int, ...] = (35, 50, 65)
    """From 0 to 100."""
    sample_rate: int = Field(default=8000, ge=1000, le=22_050)
    """Hertz; the synthesiser speaks at 22,050."""

    @model_validator(mode="after")
    def _within_what_it_can(self) -> Self:
        wrong = [value for value in self.speeds if not 80 <= value <= 450]
        wrong += [value for value in self.pitches if not 0 <= value <= 100]
        if wrong or not (self.voices and self.speeds and self.pitches):
            message = (
                f"speech needs voices, speeds of 80 to 450 and pitches of 0 to 100; "
                f"{wrong} are none"
            )
            raise ValueError(message)
        return self


class MediaIngestionConfig(StageConfig):
    """Everything the ingestion of images and recordings can be told."""

    on_unreadable: Literal["stop", "skip"] = "stop"
    """What a file that cannot be opened, or a source that cannot be listed, does: end
    the run, or be recorded. Files that are damaged are recorded in any case."""
    on_unlisted: Literal["reject", "keep"] = "reject"
    """What becomes of files that the manifest of their source does not list."""
    limits: FileLimits = FileLimits()
    """What a file may hold."""
    max_metadata_bytes: int = Field(default=8192, ge=64, le=1 << 20)
    """Columns that do not fit are left out of an item's metadata, by name."""
    part_bytes: int = Field(default=PART_BYTES, ge=1, le=1 << 30)
    """Bytes of content after which a new part is begun."""
    emoji: EmojiConfig = EmojiConfig()
    speech: SpeechConfig = SpeechConfig()


class MediaRegistry(RootModel[dict[str, MediaSource]]):
    """Sources by name, as written under ``media_sources:`` in the configuration.

    A source is given as the fields of ``MediaSource`` without ``name``, which is its
    key; null in place of the fields takes a source out that another file of the
    configuration declares. All mistakes are told at once.
    """

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _check_whole(cls, declared: Any) -> dict[str, MediaSource]:
        is_mapping = isinstance(declared, Mapping)
        given = {
            name: entry
            for name, entry in (declared.items() if is_mapping else ())
            if entry is not None
        }
        sources: dict[str, MediaSource] = {}
        problems: list[str] = []
        if not is_mapping:
            found = f"found {declared!r:.80}"
            problems.append(f"they must be a mapping of names to sources, {found}")
        for name in sorted(given, key=str):
            try:
                sources[name] = _source_of(name, given[name])
            except ValidationError as error:
                problems += [f"{name}: {_in_words(one)}" for one in error.errors()]
        problems += _repeated(sources)
        if problems:
            shown = "\n".join(f"  * {one}" for one in problems[:_MAX_PROBLEMS_SHOWN])
            message = f"{len(problems)} mistakes in the declared media:\n{shown}"
            raise ValueError(message)
        return sources

    # RootModel documents overriding these for a container of one's own.
    def __iter__(self) -> Iterator[MediaSource]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Iterate over the sources in the order of their names."""
        return iter([self.root[name] for name in sorted(self.root)])

    def __len__(self) -> int:
        return len(self.root)

    def __getitem__(self, name: str) -> MediaSource:
        return self.root[name]

    def of(self, modality: Modality) -> "MediaRegistry":
        """The sources of one modality; may be none."""
        return MediaRegistry({s.name: s for s in self if s.modality == modality})


def _source_of(name: Any, given: Any) -> MediaSource:
    fields = (
        given.model_dump(exclude_unset=True)
        if isinstance(given, MediaSource)
        else given
    )
    if not isinstance(fields, Mapping):
        return MediaSource.model_validate(fields)  # says what is wrong
    return MediaSource.model_validate({**fields, "name": name})


def _in_words(problem: Any) -> str:
    path = ".".join(str(step) for step in problem["loc"])
    words = problem["msg"].removeprefix("Value error, ")
    return f"{path}: {words}, found {problem['input']!r:.80}" if path else words


def _repeated(sources: Mapping[str, MediaSource]) -> list[str]:
    first: dict[tuple[str, str | None], str] = {}
    problems = []
    for name, source in sources.items():
        place = (source.kind, source.location)
        if place in first:
            where = f"{source.kind} at {source.location}"
            problems.append(f"{name}: reads the same as {first[place]}: {where}")
        first.setdefault(place, name)
    return problems
