"""Spoken digits: a codec, a language model over its codes, and what they are worth.

    python benchmarks/generators_audio.py --fsdd DIR [--seeds 0 1 2] [--output DIR] \
        [--guidance 1 1.5 2] [--temperature 1.0] [--number 5]

``DIR`` holds ``recordings.zip`` of the free spoken digit dataset: 3,000 clips of ten
digits by six speakers at 8 kHz; those of index 0 to 4 are for testing and seen by
nothing that is trained. A codec and a language model are trained for every seed, two
classifiers once, on real clips. Clips are generated for every digit by every speaker
and judged: by the classifiers, beside real and reconstructed test clips; by distances
to the test clips in two spaces of features; by their nearness to training clips. All
is kept under ``--output``, trainings as checkpoints, so a second call goes on where
the first was stopped, or only judges. Prints a table and writes
``data/08_reporting/benchmarks/generators_audio.json``.
"""

import argparse
import io
import json
import platform
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.io import wavfile

from taojin.core.files import write_text
from taojin.evaluation.copies.nearness import measure_copies
from taojin.evaluation.distances.measure import DistancesConfig, measure_distances
from taojin.evaluation.extractors.audio import AudioNetworkExtractor, LogMelStatistics
from taojin.evaluation.features import FeatureExtractor, FeatureTable
from taojin.evaluation.recordings import RecordingConfig, score_recordings
from taojin.evaluation.scores import Score
from taojin.features.spectrograms import SpectrogramConfig
from taojin.generation.audio.config import AudioSamplingConfig
from taojin.generation.audio.files import write_clips
from taojin.generation.audio.sampling import generate_clips, wishes_for
from taojin.models.codecs.audio_generator import AudioGenerator, save_audio_generator
from taojin.models.codecs.clips import Samples, encode_clips, reconstruct_clips
from taojin.models.codecs.network import Codec
from taojin.models.codecs.shape import CodecShape
from taojin.models.config import LanguageModelConfig
from taojin.training.audio_generation.config import AudioGenerationConfig
from taojin.training.audio_generation.train import train_audio_generator
from taojin.training.checkpoints import DirectoryCheckpointStore
from taojin.training.codecs.config import CodecConfig
from taojin.training.codecs.measures import (
    codebook_use,
    mel_distances,
    spectral_distances,
)
from taojin.training.codecs.train import train_codec
from taojin.training.config import TrainingConfig
from taojin.training.extractors import (
    ExtractorConfig,
    TrainedExtractor,
    accuracy,
    save_extractor,
    train_audio_extractor,
)

ROOT = Path(__file__).parents[1]
SAMPLE_RATE = 8000
NUM_TEST = 5
"""Indices below are of test clips, of each digit and speaker."""
HEARING = SpectrogramConfig(
    sample_rate=SAMPLE_RATE,
    fft_size=256,
    window_size=200,
    hop_size=80,
    num_bands=40,
    num_frames=64,
    floor=1e-6,
)
JUDGE = ExtractorConfig(
    training=TrainingConfig(
        num_steps=300,
        batch_size=64,
        validate_every=100,
        head_learning_rate=3e-3,
        weight_decay=0.05,
        num_threads=1,
        seed=1234,
    )
)


@dataclass(frozen=True)
class Clips:
    """Recordings with digit and speaker."""

    samples: list[Samples] = field(default_factory=list)
    digits: list[str] = field(default_factory=list)
    speakers: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Judges:
    """Classifiers of real clips, and features.

    Attributes:
        digit: Tells digits apart.
        speaker: Tells speakers apart.
        extractors: Features by name.
    """

    digit: TrainedExtractor
    speaker: TrainedExtractor
    extractors: dict[str, FeatureExtractor]

    def hear(self, clips: Clips) -> dict[str, float]:
        """Accuracies of digit and speaker."""
        return {
            "digit_accuracy": accuracy(self.digit, clips.samples, clips.digits),
            "speaker_accuracy": accuracy(self.speaker, clips.samples, clips.speakers),
        }


def codec_config(seed: int) -> CodecConfig:
    """50 codes a second from each of two books, 791 bits a second."""
    return CodecConfig(
        shape=CodecShape(sample_rate=SAMPLE_RATE),
        segment_seconds=0.4,
        training=TrainingConfig(
            num_steps=1500,
            batch_size=20,
            validate_every=350,
            log_every=50,
            precision="bf16",
            num_threads=1,
            optimiser="adamw",
            matrix_learning_rate=3e-3,
            head_learning_rate=3e-3,
            adam_betas=(0.9, 0.98),
            restore_best=False,
            seed=seed,
        ),
    )


def generator_config(seed: int) -> AudioGenerationConfig:
    """Five blocks of width 128."""
    return AudioGenerationConfig(
        model=LanguageModelConfig(depth=5, width=128, context_length=256),
        training=TrainingConfig(
            num_steps=700,
            batch_size=48,
            validate_every=100,
            log_every=50,
            precision="bf16",
            num_threads=1,
            weight_decay=0.1,
            seed=seed,
        ),
        num_variants=4,
        noise_share=0.1,
    )


def load_clips(folder: Path) -> tuple[Clips, Clips]:
    """Training and test clips."""
    training, test = Clips(), Clips()
    with zipfile.ZipFile(folder / "recordings.zip") as archive:
        for name in sorted(archive.namelist()):
            if not name.endswith(".wav"):
                continue
            digit, speaker, index = Path(name).stem.split("_")
            _, samples = wavfile.read(io.BytesIO(archive.read(name)))
            clips = test if int(index) < NUM_TEST else training
            clips.samples.append((samples / 32_768.0).astype(np.float32))
            clips.digits.append(digit)
            clips.speakers.append(speaker)
    return training, test


def train_judges(training: Clips, output: Path) -> Judges:
    """Two classifiers of real clips."""
    found: dict[str, TrainedExtractor] = {}
    for name, labels in (("digit", training.digits), ("speaker", training.speakers)):
        store = DirectoryCheckpointStore(output / "checkpoints" / name)
        found[name] = train_audio_extractor(
            training.samples, labels, HEARING, JUDGE, store=store
        )
        save_extractor(found[name], output / name)
    extractors: dict[str, FeatureExtractor] = {
        "log_mel": LogMelStatistics(HEARING),
        "digit_network": AudioNetworkExtractor(output / "digit"),
    }
    return Judges(found["digit"], found["speaker"], extractors)


class Watch:
    """CPU seconds of what was done; of what an earlier call did, remembered."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seconds: dict[str, float] = (
            json.loads(path.read_text()) if path.exists() else {}
        )

    def note(self, name: str, started: float) -> None:
        """Add what passed since ``started``; the sum over all calls."""
        spent = time.process_time() - started
        self.seconds[name] = round(self.seconds.get(name, 0.0) + spent, 1)
        write_text(self.path, json.dumps(self.seconds, indent=1))


def train_generator(
    training: Clips, seed: int, folder: Path, watch: Watch
) -> tuple[AudioGenerator, dict[str, Any]]:
    """A codec and a language model."""
    started = time.process_time()
    store = DirectoryCheckpointStore(folder / "checkpoints/codec")
    trained = train_codec(training.samples, codec_config(seed), store=store)
    watch.note("codec", started)
    started = time.process_time()
    made = train_audio_generator(
        trained.codec,
        training.samples,
        training.digits,
        training.speakers,
        generator_config(seed),
        store=DirectoryCheckpointStore(folder / "checkpoints/language_model"),
    )
    watch.note("language_model", started)
    save_audio_generator(made.generator, folder / "audio_generator")
    losses = {
        "codec_validation_loss": trained.history[-1]["validation_loss"],
        "best_validation_nats": min(
            row["validation_loss"] for row in made.history if row["validation_loss"]
        ),
        "last_train_nats": made.history[-1]["train_loss"],
    }
    return made.generator, losses


def judge_codec(codec: Codec, test: Clips, judges: Judges) -> dict[str, Any]:
    """What is lost in the codec, on clips that it never saw."""
    again = Clips(reconstruct_clips(codec, test.samples), test.digits, test.speakers)
    shape = codec.shape
    codes = encode_clips(codec, test.samples)
    return {
        "tokens_per_second": shape.tokens_per_second,
        "bits_per_second": shape.bits_per_second,
        "num_weights": sum(weight.numel() for weight in codec.parameters()),
        "books": [use._asdict() for use in codebook_use(codes, shape.codebook_size)],
        "mel_distance_decibels": float(
            mel_distances(again.samples, test.samples, HEARING).mean()
        ),
        "log_spectral_distance_decibels": float(
            spectral_distances(again.samples, test.samples, HEARING).mean()
        ),
        **judges.hear(again),
    }


def judge_clips(
    clips: Clips, test: Clips, training: dict[str, FeatureTable], judges: Judges
) -> dict[str, Any]:
    """Everything that is measured of generated clips."""
    found: dict[str, Any] = judges.hear(clips)
    config = DistancesConfig(
        distances=("kernel_distance", "neighbourhoods", "vendi", "near_duplicates")
    )
    for name, extractor in judges.extractors.items():
        made, real = (extractor.extract(some.samples) for some in (clips, test))
        scores: list[Score] = measure_distances(made, real, None, config)
        scores += measure_copies(made, training[name], real).scores
        found[name] = {score.name: _plain(score) for score in scores}
    recordings = score_recordings(
        clips.samples, test.samples, RecordingConfig(sample_rate=SAMPLE_RATE)
    )
    found["recordings"] = {score.name: _plain(score) for score in recordings}
    lengths = [len(samples) / SAMPLE_RATE for samples in clips.samples]
    found["mean_seconds"] = float(np.mean(lengths))
    return found


def run_seed(
    seed: int,
    sets: tuple[Clips, Clips],
    judges: Judges,
    training: dict[str, FeatureTable],
    arguments: argparse.Namespace,
) -> dict[str, Any]:
    """Train with one seed and judge at every strength of guidance."""
    folder = arguments.output / f"seed_{seed}"
    watch = Watch(folder / "cpu_seconds.json")
    model, losses = train_generator(sets[0], seed, folder, watch)
    found: dict[str, Any] = {
        "losses": losses,
        "codec": judge_codec(model.codec, sets[1], judges),
        "generated": {},
    }
    show(f"seed {seed}, through the codec", found["codec"])
    wishes = wishes_for(model.layout.labels, model.layout.speakers, arguments.number)
    for strength in arguments.guidance:
        started = time.process_time()
        config = AudioSamplingConfig(
            guidance=strength,
            temperature=arguments.temperature,
            top_p=arguments.top_p,
            seed=seed,
            num_threads=1,
        )
        made = generate_clips(model, wishes, config)
        spent = time.process_time() - started
        write_clips(made, folder / f"clips_{strength}", SAMPLE_RATE)
        clips = Clips(
            [clip.samples for clip in made],
            [str(clip.wish.label) for clip in made],
            [str(clip.wish.speaker) for clip in made],
        )
        judged = judge_clips(clips, sets[1], training, judges)
        judged["settings"] = config.model_dump(mode="json")
        judged["clips_per_cpu_second"] = len(made) / spent
        judged["unfinished_share"] = float(np.mean([not c.finished for c in made]))
        found["generated"][str(strength)] = judged
        show(f"seed {seed}, generated, guidance {strength}", judged)
    return found | {"cpu_seconds": watch.seconds}


def show(title: str, found: dict[str, Any], indent: int = 2) -> None:
    """Print figures, one a line."""
    print(" " * (indent - 2) + title)
    for name, value in found.items():
        if isinstance(value, dict) and "value" in value:
            null = value.get("null")
            beside = "" if null is None else f"   real {null:.4f}"
            print(f"{'':{indent}}{name:32}{value['value']:>10.4f}{beside}")
        elif isinstance(value, dict):
            show(name, value, indent + 2)
        elif isinstance(value, float):
            print(f"{'':{indent}}{name:32}{value:>10.4f}")


def main() -> None:
    """Train, generate and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fsdd", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument(
        "--output", type=Path, default=ROOT / "data/08_reporting/benchmarks/audio"
    )
    parser.add_argument("--guidance", type=float, nargs="+", default=[1.0, 2.0])
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--top-p", type=float, default=1.0)
    parser.add_argument("--number", type=int, default=NUM_TEST)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    sets = training, test = load_clips(arguments.fsdd)
    watch = Watch(arguments.output / "cpu_seconds.json")
    started = time.process_time()
    judges = train_judges(training, arguments.output)
    watch.note("judges", started)
    real = judges.hear(test)
    show("real test clips", real)
    tables = {
        name: extractor.extract(training.samples)
        for name, extractor in judges.extractors.items()
    }
    figures: dict[str, Any] = {
        "machine": platform.machine(),
        "torch": torch.__version__,
        "num_training": len(training.samples),
        "num_test": len(test.samples),
        "real": real,
        "cpu_seconds": watch.seconds,
        "codec": codec_config(0).model_dump(mode="json"),
        "generator": generator_config(0).model_dump(mode="json"),
        "seeds": {
            str(seed): run_seed(seed, sets, judges, tables, arguments)
            for seed in arguments.seeds
        },
    }
    path = ROOT / "data/08_reporting/benchmarks/generators_audio.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(figures, indent=1))
    print(f"written to {path}")


def _plain(score: Score) -> dict[str, float | None]:
    return {
        "value": score.estimate.value,
        "low": score.estimate.low,
        "high": score.estimate.high,
        "null": None if score.null is None else score.null.value,
    }


if __name__ == "__main__":
    main()
