"""Speech that a synthesiser makes of declared phrases: labels and texts are exact.

The synthesiser is eSpeak NG (GPL-3.0-or-later), an optional extra. It is called
through ``ctypes``, one phrase at a time.
"""

import ctypes
import importlib
import shutil
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taojin.core.errors import ConfigurationError
from taojin.core.media_records import MediaSource
from taojin.ingestion.candidates import Item, Refusal
from taojin.ingestion.media.config import MediaIngestionConfig
from taojin.ingestion.media.manifests import MediaFile
from taojin.ingestion.media.rows import clip_row
from taojin.media.recordings import Recording, resampled

_SYNCHRONOUS = 2
_NO_EXIT = 0x8000
_UTF8 = 1
_RATE_PARAMETER = 1
_PITCH_PARAMETER = 3
_FULL_SCALE = 32_768.0

_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


def speech_item() -> Item:
    """The synthesiser as one thing to read.

    Raises:
        ConfigurationError: If the extra ``speech`` is not installed.
    """
    try:
        identity = f"espeakng-loader {version('espeakng-loader')}"
    except PackageNotFoundError as error:
        raise _missing(error) from error
    return Item("speech", "speech", None, identity)


def read_speech(
    file: MediaFile, source: MediaSource, config: MediaIngestionConfig
) -> Iterator[dict[str, Any] | Refusal]:
    """Speak every phrase in every voice, speed and pitch: rows without a licence.

    Raises:
        ConfigurationError: If the extra is not installed, or does not know a voice.
    """
    del file
    settings = config.speech
    synthesiser = _Synthesiser()
    for language, voice in product(settings.phrases, settings.voices):
        for speed, pitch in product(settings.speeds, settings.pitches):
            synthesiser.choose(language, voice, speed, pitch)
            for label, words in settings.phrases[language].items():
                uri = f"speech#{language}-{voice}-{speed}-{pitch}-{label}"
                samples = synthesiser.speak(words)
                if not len(samples):
                    yield Refusal("empty", f"nothing is heard of {words!r:.80}", uri)
                    continue
                mono = resampled(
                    samples.astype(np.float64) / _FULL_SCALE,
                    synthesiser.sample_rate,
                    settings.sample_rate,
                )
                whole = np.clip(np.rint(mono * _FULL_SCALE), -32_768, 32_767)
                recording = Recording(whole / _FULL_SCALE, settings.sample_rate, 1)
                content = whole.astype("<i2").tobytes()
                known = {"label": label, "speaker": voice, "transcript": words}
                yield clip_row(recording, content, source.name, uri, known)


class _Synthesiser:
    """A copy of the library of its own.

    What it speaks depends on all that it has spoken since it was loaded, and a library
    is loaded once a process: only a copy starts afresh.
    """

    def __init__(self) -> None:
        package = _imported()
        path = Path(package.get_library_path())
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(shutil.copy(path, folder))
            self._library = ctypes.CDLL(str(copy))  # stays mapped without its file
        data = package.get_data_path().encode()
        initialise = self._library.espeak_Initialize
        self.sample_rate = int(initialise(_SYNCHRONOUS, 0, data, _NO_EXIT))
        if self.sample_rate <= 0:
            message = f"the speech synthesiser does not start: {self.sample_rate}"
            raise ConfigurationError(message)
        self._pieces: list[NDArray[np.int16]] = []
        self._callback = _Callback(self._hear)  # must live as long as the library
        self._library.espeak_SetSynthCallback(self._callback)

    def choose(self, language: str, voice: str, speed: int, pitch: int) -> None:
        name = f"{language}+{voice}"
        if self._library.espeak_SetVoiceByName(name.encode()) != 0:
            message = (
                f"ingestion.speech: the synthesiser knows no voice {name!r}; a language "
                "is one of eSpeak NG (en-us, cmn), a voice one of its variants (m1, f1)"
            )
            raise ConfigurationError(message)
        self._library.espeak_SetParameter(_RATE_PARAMETER, speed, 0)
        self._library.espeak_SetParameter(_PITCH_PARAMETER, pitch, 0)

    def speak(self, words: str) -> NDArray[np.int16]:
        self._pieces = []
        text = words.encode() + b"\0"
        self._library.espeak_Synth(
            text, ctypes.c_size_t(len(text)), 0, 0, 0, _UTF8, None, None
        )
        self._library.espeak_Synchronize()
        return np.concatenate([np.zeros(0, np.int16), *self._pieces])

    def _hear(self, samples: Any, number: int, events: Any) -> int:
        del events
        if samples and number > 0:
            heard = np.ctypeslib.as_array(samples, shape=(number,))
            self._pieces.append(heard.astype(np.int16))  # a copy: it is overwritten
        return 0


def _imported() -> Any:
    try:
        return importlib.import_module("espeakng_loader")
    except ImportError as error:
        raise _missing(error) from error


def _missing(error: ImportError) -> ConfigurationError:
    message = (
        f"sources of kind speech need a package that is not installed ({error}); "
        "install it: pip install 'taojin[speech]', or take the source out of "
        "media_sources"
    )
    return ConfigurationError(message)
