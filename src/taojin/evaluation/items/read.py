"""Any set of items: a file of texts, or a folder of texts, images or recordings."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from taojin.core.errors import DataError, SourceReadError
from taojin.core.progress import progress_bar
from taojin.evaluation.items.config import ItemsConfig, Modality
from taojin.evaluation.items.item_sets import DecodedFiles, ItemSet, Rejection
from taojin.evaluation.items.texts import TEXT_SUFFIXES, read_texts
from taojin.media.decoded import Decoded, RejectedItemError
from taojin.media.images import IMAGE_SUFFIXES, decode_image
from taojin.media.recordings import AUDIO_SUFFIXES, decode_recording

_SUFFIXES: dict[Modality, tuple[str, ...]] = {
    "text": TEXT_SUFFIXES,
    "image": IMAGE_SUFFIXES,
    "audio": AUDIO_SUFFIXES,
}


def read_items(path: str | Path, config: ItemsConfig | None = None) -> ItemSet:
    """Read a set of items; every one is in the result or among its rejections.

    Images and recordings are decoded once to see that they can be, and again when
    they are used: whatever their number, one at a time is in memory.

    Args:
        path: A file, or a folder with its subfolders; hidden names are passed over,
            files of no modality are noted as ``other_files``.
        config: What is read, and how.

    Raises:
        SourceReadError: If there is nothing, or a file of texts cannot be read.
        DataError: If files are of several modalities and none was chosen, or no item
            can be used; the message counts the reasons.
        ConfigurationError: If an extra is needed and not installed.
    """
    config = config or ItemsConfig()
    location = Path(path)
    root = location if location.is_dir() else location.parent
    files = _files(location)
    modality = config.modality or _modality(files, location)
    known = [file for file in files if file.suffix.lower() in _SUFFIXES[modality]]
    if modality == "text":
        found = read_texts(root, known, config)
    elif modality == "image":
        found = _decoded("image", root, known, partial(decode_image, config=config))
    else:
        decode = partial(decode_recording, config=config)
        found = _decoded("audio", root, known, decode, config.sample_rate)
    if not len(found):
        message = (
            f"{location} holds no {modality} that can be evaluated: {len(known)} files,"
            f" {found.num_given} items, rejected for {found.reasons}"
        )
        raise DataError(message)
    found = _with_others(found, len(files) - len(known))
    return found.sampled(config.max_items, config.seed)


def _with_others(found: ItemSet, num_others: int) -> ItemSet:
    if not num_others:
        return found
    return replace(found, noted={**found.noted, "other_files": num_others})


def _files(location: Path) -> list[Path]:
    if location.is_file():
        return [location]
    if not location.is_dir():
        message = f"{location} is neither a file nor a folder; give one of items"
        raise SourceReadError(message)
    return sorted(
        file
        for file in location.rglob("*")
        if file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(location).parts)
    )


def _modality(files: list[Path], location: Path) -> Modality:
    counts: Counter[Modality] = Counter(
        modality
        for file in files
        for modality, suffixes in _SUFFIXES.items()
        if file.suffix.lower() in suffixes
    )
    if not counts:
        endings = sorted({file.suffix.lower() for file in files})
        message = (
            f"{location} holds {len(files)} files with the endings {endings[:10]}, "
            f"none of {[ending for known in _SUFFIXES.values() for ending in known]}"
        )
        raise SourceReadError(message)
    if len(counts) > 1:
        message = (
            f"{location} holds files of several modalities: {dict(counts)}; set "
            "modality, or give each a folder of its own"
        )
        raise DataError(message)
    return next(iter(counts))


def _decoded(
    modality: Modality,
    root: Path,
    files: list[Path],
    decode: Callable[[Path], Decoded[Any]],
    sample_rate: int | None = None,
) -> ItemSet:
    sound: list[Path] = []
    rejected: list[Rejection] = []
    noted: Counter[str] = Counter()
    with progress_bar(f"reading {modality} files", len(files), unit="file") as bar:
        for file in files:
            try:
                noted.update(decode(file).notes)
                sound.append(file)
            except RejectedItemError as error:
                name = file.relative_to(root).as_posix()
                rejected.append(Rejection(name, error.reason, error.detail))
            bar.update(1)
    ids = tuple(file.relative_to(root).as_posix() for file in sound)
    items = DecodedFiles(sound, decode)
    counts = dict(sorted(noted.items()))
    return ItemSet(modality, items, ids, tuple(rejected), counts, sample_rate)
