"""Codec, language model and names in one folder."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from taojin.core.errors import CorruptArtifactError
from taojin.core.files import atomic_directory
from taojin.core.fingerprints import hash_file
from taojin.models.codecs.network import Codec
from taojin.models.codecs.shape import CodecShape
from taojin.models.codecs.token_layout import TokenLayout
from taojin.models.config import DecoderShape
from taojin.models.language_model import LanguageModel
from taojin.models.storage import load_weights, weights_of
from taojin.models.tensor_files import write_tensors

CONFIG = "config.json"
MANIFEST = "manifest.json"
CODEC = "codec.safetensors"
LANGUAGE_MODEL = "language_model.safetensors"

_CODEC_KIND = "taojin audio codec"
_GENERATOR_KIND = "taojin audio generator"


@dataclass(frozen=True)
class AudioGenerator:
    """What writes sounds.

    Attributes:
        codec: In evaluation mode.
        language_model: Over the tokens of ``layout``, in evaluation mode.
        layout: Names and tokens.
    """

    codec: Codec
    language_model: LanguageModel
    layout: TokenLayout


def save_codec(codec: Codec, directory: str | Path) -> None:
    """Write a codec as a folder, whole or not at all.

    Args:
        codec: The codec.
        directory: The folder; replaced if it exists.
    """
    content = {"kind": _CODEC_KIND, "codec": codec.shape.model_dump(mode="json")}
    _write(Path(directory), content, {CODEC: codec})


def load_codec(directory: str | Path) -> Codec:
    """Load the codec of a folder, be it of a codec or of a whole generator.

    Raises:
        CorruptArtifactError: If a file is missing, was altered, or is of no codec.
    """
    folder = Path(directory)
    try:
        content = _verified(folder, (_CODEC_KIND, _GENERATOR_KIND))
        return _codec(folder, content)
    except _PROBLEMS as error:
        _refuse(folder, error)


def save_audio_generator(generator: AudioGenerator, directory: str | Path) -> None:
    """Write a generator as a folder, whole or not at all.

    Args:
        generator: The generator.
        directory: The folder; replaced if it exists.
    """
    content = {
        "kind": _GENERATOR_KIND,
        "codec": generator.codec.shape.model_dump(mode="json"),
        "language_model": generator.language_model.shape.model_dump(mode="json"),
        "layout": generator.layout.model_dump(mode="json"),
    }
    parts = {CODEC: generator.codec, LANGUAGE_MODEL: generator.language_model}
    _write(Path(directory), content, parts)


def load_audio_generator(directory: str | Path) -> AudioGenerator:
    """Load what :func:`save_audio_generator` wrote, in evaluation mode.

    Raises:
        CorruptArtifactError: If a file is missing, was altered, or is of no
            generator of sounds.
    """
    folder = Path(directory)
    try:
        content = _verified(folder, (_GENERATOR_KIND,))
        codec = _codec(folder, content)
        layout = TokenLayout(**content["layout"])
        shape = DecoderShape(**content["language_model"])
        with torch.random.fork_rng():  # initial weights draw numbers
            model = LanguageModel(shape)
        load_weights(model, load_file(folder / LANGUAGE_MODEL))
        _require_fit(codec, model, layout)
    except _PROBLEMS as error:
        _refuse(folder, error)
    return AudioGenerator(codec, model.eval(), layout)


def _write(folder: Path, content: dict[str, Any], parts: dict[str, nn.Module]) -> None:
    with atomic_directory(folder) as partial:
        for name, part in parts.items():
            write_tensors(weights_of(part), partial / name)
        _write_json(partial / CONFIG, content)
        hashes = {path.name: hash_file(path) for path in sorted(partial.iterdir())}
        _write_json(partial / MANIFEST, {"files": hashes})


def _write_json(path: Path, content: dict[str, Any]) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8")


def _verified(folder: Path, kinds: tuple[str, ...]) -> dict[str, Any]:
    manifest: Any = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    hashes: dict[str, str] = manifest["files"]
    altered = [
        name for name in (CONFIG, *hashes) if hash_file(folder / name) != hashes[name]
    ]
    if altered:
        message = f"altered since it was written: {altered[:5]}"
        raise ValueError(message)
    content: Any = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    if content.get("kind") not in kinds:
        message = (
            f"it holds {content.get('kind')!r}, and {' or '.join(kinds)} is needed"
        )
        raise ValueError(message)
    return content


def _codec(folder: Path, content: dict[str, Any]) -> Codec:
    with torch.random.fork_rng():  # initial weights draw numbers
        codec = Codec(CodecShape(**content["codec"]))
    load_weights(codec, load_file(folder / CODEC))
    return codec.eval()


def _require_fit(codec: Codec, model: LanguageModel, layout: TokenLayout) -> None:
    found = (layout.num_codebooks, layout.codebook_size, layout.vocab_size)
    shape = codec.shape
    wanted = (shape.num_codebooks, shape.codebook_size, model.shape.vocab_size)
    if found != wanted:
        message = (
            f"the layout has {found} code books, codes and tokens, codec and language "
            f"model {wanted}"
        )
        raise ValueError(message)


def _refuse(folder: Path, problem: object) -> NoReturn:
    message = (
        f"{folder} is not usable: {problem!s:.300}; delete the folder and train again"
    )
    raise CorruptArtifactError(message)


_PROBLEMS = (
    *(OSError, ValueError, KeyError, TypeError, AttributeError),
    *(ValidationError, SafetensorError),
)
