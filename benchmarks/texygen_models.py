"""The models that ``texygen.py`` compares, and the captions that they are trained on."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from taojin.core.randomness import derive_seed, generator
from taojin.evaluation.distances.frechet import frechet_distance
from taojin.evaluation.extractors.text import HiddenStateExtractor
from taojin.evaluation.sentences.words import split_caption
from taojin.generation.text_codes.sampling import (
    TextCodeSamplingConfig,
    sample_sentences,
)
from taojin.models.bases import Base
from taojin.models.encoding import document_edges
from taojin.models.language_model import LanguageModel
from taojin.training.checkpoints import DirectoryCheckpointStore
from taojin.training.config import TrainingConfig
from taojin.training.text_adversarial.code_game import train_code_gan
from taojin.training.text_adversarial.config import (
    CodeGanConfig,
    CriticConfig,
    ReinforcedGanConfig,
    ReweightingConfig,
    SentenceModelConfig,
    TextAutoencoderConfig,
)
from taojin.training.text_adversarial.critics import (
    calibrate,
    critic_logits,
    importance_weights,
    new_critic,
    resample,
    train_critic,
)
from taojin.training.text_adversarial.drawing import draw_sentences
from taojin.training.text_adversarial.likelihood import (
    SentenceModel,
    train_sentence_model,
)
from taojin.training.text_adversarial.reinforced import train_word_gan
from taojin.training.text_adversarial.reweighting import (
    ReweightedModel,
    reweight_by_critic,
)
from taojin.training.text_adversarial.sentences import encode_sentences
from taojin.training.text_adversarial.text_codes import train_text_autoencoder
from taojin.training.text_adversarial.vocabulary import word_tokenizer

NUM_VALIDATION, NUM_KNOWN, NUM_REFERENCE = 500, 1000, 2000
MAX_WORDS = 40
JUDGE_SEED = 777
DRAWN_FOR_ONE = 6


@dataclass(frozen=True)
class Captions:
    """The data, divided.

    Attributes:
        train: What models are trained on.
        validation: What chooses their weights.
        known: What judges are trained on, all test captions among them.
        reference: What samples are compared with.
        test: All captions of the test file, for BLEU.
    """

    train: list[str]
    validation: list[str]
    known: list[str]
    reference: list[str]
    test: list[str]


def read(folder: Path, *, smoke: bool) -> Captions:
    """Read both files and divide them, the same way for every seed."""
    train, test = (
        [
            " ".join(split_caption(line))
            for line in (folder / name).read_text(encoding="utf-8").split("\n")
            if line.strip()
        ]
        for name in ("image_coco.txt", "test_coco.txt")
    )
    parts = (NUM_VALIDATION, NUM_KNOWN, NUM_REFERENCE)
    if smoke:
        train, test = train[:1200], test[:1000]
        parts = (100, 100, 400)
    kept, validation = _divided(train, "validation", parts[0])
    kept, known = _divided(kept, "known", parts[1])
    kept, reference = _divided(kept, "reference", parts[2])
    return Captions(kept, validation, [*test, *known], reference, test)


def _divided(texts: list[str], name: str, size: int) -> tuple[list[str], list[str]]:
    order = generator(0, "texygen", name).permutation(len(texts)).tolist()
    return [texts[i] for i in order[size:]], [texts[i] for i in order[:size]]


class Models:
    """Trains what is compared; what the folder holds is not trained again.

    Args:
        captions: The data.
        arguments: Of the command line.
    """

    def __init__(self, captions: Captions, arguments: argparse.Namespace) -> None:
        self.captions = captions
        self.arguments = arguments
        self.work = Path(arguments.work)
        self.share = 0.1 if arguments.smoke else 1.0

    def judge(self) -> Path:
        """Folder of the language model whose states are the embeddings."""
        folder = self.work / "judge"
        if folder.exists():
            return folder
        config = SentenceModelConfig(
            model={"depth": 1, "width": 128, "context_length": 48},
            training=self.training(
                JUDGE_SEED, 350, validate_every=70, average_decay=0.97
            ),
            dropout=0.2,
        )
        captions = self.captions
        vocabulary = word_tokenizer(captions.known, 2)
        train_sentence_model(
            captions.known, captions.validation, vocabulary, config
        ).save(folder)
        return folder

    def training(self, seed: int, num_steps: int, **settings: Any) -> TrainingConfig:
        """Settings that all trainings share."""
        return TrainingConfig(
            **{
                "num_steps": max(4, round(self.share * num_steps)),
                "batch_size": 64,
                "validate_every": 100,
                "validation_batches": 64,
                "num_threads": 1,
                "seed": seed,
                **settings,
            }
        )

    def store(self, name: str) -> DirectoryCheckpointStore:
        """Where a training goes on."""
        return DirectoryCheckpointStore(self.work / f"{name}.ckpt")

    def likelihood(self, seed: int) -> SentenceModel:
        """The language model by maximum likelihood."""
        config = SentenceModelConfig(
            model={"depth": 2, "width": 192, "context_length": 48},
            training=self.training(seed, 400, average_decay=0.98),
            dropout=0.2,
        )
        return train_sentence_model(
            self.captions.train,
            self.captions.validation,
            word_tokenizer(self.captions.train),
            config,
            store=self.store(str(seed)),
        )

    def reweighted(self, seed: int) -> ReweightedModel:
        """The same, trained on against a discriminator."""
        start = self.likelihood(seed)
        slow = {
            "matrix_learning_rate": 0.005,
            "embedding_learning_rate": 0.002,
            "head_learning_rate": 0.001,
            "schedule": "linear",
        }
        arguments = self.arguments
        size = max(64, round(self.share * arguments.num_drawn))
        config = ReweightingConfig(
            critic=self._critic_config(seed),
            training=self.training(seed, 150, restore_best=False, **slow),
            num_samples=size,
            num_critic_samples=size,
            max_words=MAX_WORDS,
            num_rounds=arguments.num_rounds,
            real_share=arguments.real_share,
            max_weight=arguments.max_weight,
            dropout=0.2,
            seed=seed,
        )
        return reweight_by_critic(
            start,
            self.captions.train,
            self.captions.validation,
            config,
            self._measure(start),
            store_of=lambda name: self.store(f"{seed}-{arguments.tag}{name}"),
        )

    def _critic_config(self, seed: int) -> CriticConfig:
        training = self.training(
            seed,
            400,
            validate_every=50,
            matrix_learning_rate=0.01,
            embedding_learning_rate=0.002,
            head_learning_rate=0.002,
            schedule="linear",
            weight_decay=0.1,
        )
        return CriticConfig(training=training, dropout=0.3)

    def resampled(self, seed: int, num_kept: int) -> list[str]:
        """Sentences of the likelihood model, resampled by a discriminator's weights.

        Six are drawn for each that is kept; no model is trained on them.
        """
        start, captions = self.likelihood(seed), self.captions
        tokenizer = start.tokenizer
        edge = document_edges(tokenizer).end
        context = start.model.shape.max_position_embeddings
        real, held_out = (
            encode_sentences(tokenizer, some, context)
            for some in (captions.train, captions.validation)
        )
        random = torch.Generator().manual_seed(derive_seed(seed, "resampled"))

        def draw(number: int) -> list[list[int]]:
            return draw_sentences(start.model, edge, number, MAX_WORDS, random)

        critic, judged = new_critic(start.model), draw(len(held_out))
        train_critic(
            critic,
            real,
            draw(len(real)),
            (held_out, judged),
            self._critic_config(seed),
            store=self.store(f"{seed}-resampling-critic"),
        )
        logits = [critic_logits(critic, rows) for rows in (held_out, judged)]
        drawn = draw(DRAWN_FOR_ONE * num_kept)
        weights = importance_weights(
            critic_logits(critic, drawn),
            calibrate(*logits),
            self.arguments.max_weight,
        )
        chosen = resample(weights.values, num_kept, generator(seed, "resampled"))
        return [tokenizer.decode(drawn[place][1:-1]) for place in chosen.tolist()]

    def _measure(
        self, start: SentenceModel
    ) -> Callable[[LanguageModel, list[str]], float]:
        """Distance to validation captions in states of the model at the start."""
        base = Base(start.model, start.tokenizer, document_edges(start.tokenizer))
        extractor = HiddenStateExtractor(base)
        real = extractor.extract(self.captions.validation).values
        size = len(real)

        def measure(_: LanguageModel, texts: list[str]) -> float:
            made = extractor.extract(texts[: 4 * size]).values
            parts = range(0, len(made) - size + 1, size)
            values = [frechet_distance(made[i : i + size], real) for i in parts]
            return float(np.mean(values or [np.inf]))

        return measure

    def codes(self, seed: int) -> Callable[[int, int], list[str]]:
        """The textbook game over codes; returns what draws sentences."""
        rates = {"head_learning_rate": 0.003, "schedule": "linear"}
        captions, arguments = self.captions, self.arguments
        codec = train_text_autoencoder(
            captions.train,
            captions.validation,
            word_tokenizer(captions.train),
            TextAutoencoderConfig(
                training=self.training(seed, arguments.code_steps, **rates)
            ),
            store=self.store(f"{seed}-autoencoder"),
        ).codec
        game = CodeGanConfig(
            training=self.training(seed, 8000, adam_betas=(0.5, 0.999), log_every=500)
        )
        players = train_code_gan(
            codec, captions.train, game, store=self.store(f"{seed}-codes")
        ).players

        def draw(number: int, draw_seed: int) -> list[str]:
            config = TextCodeSamplingConfig(max_words=MAX_WORDS, seed=draw_seed)
            return sample_sentences(players.generator, codec, number, config)

        return draw

    def words_alone(self, seed: int) -> SentenceModel:
        """A generator from random weights, by rewards."""
        arguments = self.arguments
        config = ReinforcedGanConfig(
            model={"depth": 1, "width": 128, "context_length": 48},
            training=self.training(
                seed,
                arguments.word_steps,
                batch_size=arguments.word_batch,
                adam_betas=(0.5, 0.999),
                schedule="trapezoid",
                decay_fraction=0.1,
                max_gradient_norm=5.0,
            ),
            generator_learning_rate=arguments.word_rate,
            critic_learning_rate=0.003,
            max_words=MAX_WORDS,
        )
        return train_word_gan(
            self.captions.train,
            word_tokenizer(self.captions.train),
            config,
            store=self.store(f"{seed}-words"),
        ).generator
