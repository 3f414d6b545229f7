"""What a generator of sounds is asked for, as a folder: a set to judge.

Layout of the folder::

    clips/       generated sounds, WAV
    facts.json   what was asked for, sound by sound
"""

import json
from pathlib import Path

from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.files import atomic_directory
from taojin.generation.audio.config import AudioSamplingConfig
from taojin.generation.audio.files import write_clips
from taojin.generation.audio.sampling import generate_clips, wishes_for
from taojin.models.codecs.audio_generator import AudioGenerator

CLIPS = "clips"
FACTS = "facts.json"


class AudioSetConfig(StageConfig):
    """What generators of sounds are asked for."""

    num_each: int = Field(default=5, ge=1, le=100_000)
    """Sounds of every label by every speaker."""
    sampling: AudioSamplingConfig = AudioSamplingConfig(guidance=2.0)


def write_clip_set(
    folder: str | Path, generator: AudioGenerator, config: AudioSetConfig
) -> None:
    """Generate every label by every speaker alike.

    Args:
        folder: Where to; replaced if it exists.
        generator: A trained one.
        config: What is asked for.
    """
    layout = generator.layout
    wishes = wishes_for(layout.labels, layout.speakers or (None,), config.num_each)
    made = generate_clips(generator, wishes, config.sampling)
    facts = {
        "config": config.model_dump(mode="json"),
        "labels": [clip.wish.label for clip in made],
        "speakers": [clip.wish.speaker for clip in made],
        "num_cut_off": sum(not clip.finished for clip in made),
    }
    with atomic_directory(folder) as root:
        write_clips(made, root / CLIPS, generator.codec.shape.sample_rate)
        text = json.dumps(facts, indent=1, ensure_ascii=False) + "\n"
        (root / FACTS).write_text(text, encoding="utf-8")


def asked_labels(folder: str | Path) -> list[str]:
    """Label that each sound of a set was asked to be, in the order of the files."""
    facts = json.loads((Path(folder) / FACTS).read_text(encoding="utf-8"))
    return facts["labels"]
