"""Adapters from catalogue names to the drawing of sounds."""

from pathlib import Path

from taojin.generation.audio.sets import AudioSetConfig, write_clip_set
from taojin.models.codecs.audio_generator import load_audio_generator


def generate_audio_clips(model: Path, config: AudioSetConfig, workspace: Path) -> Path:
    """Draw every label by every speaker; see :func:`write_clip_set`.

    Returns:
        The folder.
    """
    output = workspace / "audio_generator_samples"
    write_clip_set(output, load_audio_generator(model), config)
    return output
