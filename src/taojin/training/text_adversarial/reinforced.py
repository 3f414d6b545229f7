"""A generator of words against a discriminator, from random weights on.

No word is ever shown to the generator: all it learns from are rewards, one a word, by
how real the discriminator finds the sentence up to there. Words cannot be moved a
little, so the gradient is that of the expected reward (REINFORCE; Williams 1992), less
a baseline.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from taojin.core.randomness import derive_seed
from taojin.features.tokenizer import load_tokenizer
from taojin.models.encoding import end_of_document
from taojin.models.language_model import LanguageModel
from taojin.models.padding import pad_tokens
from taojin.models.text_critics.recurrent import (
    TokenCritic,
    TokenCriticShape,
    discounted_returns,
)
from taojin.training.batches import BucketedSequences, TurnTaking
from taojin.training.checkpoints import CheckpointStore
from taojin.training.loop import train
from taojin.training.metrics import MetricSink
from taojin.training.objectives import IGNORED, Game, Loss, Player
from taojin.training.pretraining import new_language_model
from taojin.training.text_adversarial.config import ReinforcedGanConfig
from taojin.training.text_adversarial.drawing import draw_sentences
from taojin.training.text_adversarial.likelihood import SentenceModel
from taojin.training.text_adversarial.sentences import (
    SentenceBatch,
    collate_tokens,
    encode_sentences,
    identity_of,
)

ORDER = ("discriminator", "generator")


class RunningMean(nn.Module):
    """A mean that forgets; a buffer, so that it is part of checkpoints.

    Args:
        decay: Of what was before, a step.
    """

    value: Tensor

    def __init__(self, decay: float) -> None:
        super().__init__()
        self._decay = decay
        self.register_buffer("value", torch.zeros(()))

    @torch.no_grad()
    def update(self, found: Tensor) -> None:
        """Move towards a number."""
        self.value.lerp_(found.to(self.value), 1.0 - self._decay)


@dataclass
class WordGame:
    """Losses of both players; the unit is a word, the end of a sentence among them.

    Attributes:
        generator: Draws sentences.
        critic: Scores words.
        baseline: Mean return of a word.
        config: Rates, discount, penalty.
        edge: The end-of-document token.
    """

    generator: LanguageModel
    critic: TokenCritic
    baseline: RunningMean
    config: ReinforcedGanConfig
    edge: int

    def as_objective(self) -> Game[SentenceBatch]:
        """The game with its players ``discriminator`` and ``generator``."""
        model = nn.ModuleDict(
            {
                "generator": self.generator,
                "discriminator": self.critic,
                "baseline": self.baseline,
            }
        )
        config = self.config
        return Game(
            "game over words",
            model,
            {
                "generator": Player(
                    self.generator, self.generator_loss, config.generator_learning_rate
                ),
                "discriminator": Player(
                    self.critic, self.critic_loss, config.critic_learning_rate
                ),
            },
        )

    def critic_loss(self, batch: SentenceBatch) -> Loss:
        """Binary cross-entropy of every word, and the penalty of the weights.

        Metrics: ``real_share`` and ``drawn_share``, the mean probabilities of being
        real that real and drawn words get, over the words of both.
        """
        drawn = self._drawn(batch)
        parts, shares = [], []
        for sentences, is_real in ((batch, True), (drawn, False)):
            scores, present = self._scores(sentences)
            signs = scores if is_real else -scores
            parts.append(-functional.logsigmoid(signs)[present].sum())
            shares.append((float(scores.detach().sigmoid()[present].mean()), present))
        num_words = sum(int(present.sum()) for _, present in shares)
        squares = sum(weight.square().sum() for weight in self.critic.parameters())
        penalty = self.config.squared_weights * len(batch.inputs) * squares
        metrics = {
            name: share * num_words
            for name, (share, _) in zip(
                ("real_share", "drawn_share"), shares, strict=True
            )
        }
        return Loss(parts[0] + parts[1] + penalty, num_words, metrics)

    def generator_loss(self, batch: SentenceBatch) -> Loss:
        """Negative log-likelihood of drawn words, times what they earned.

        Metrics: ``reward`` of a word, in [-1, 1]; ``entropy``, the nats a word of what
        was drawn.
        """
        drawn = self._drawn(batch)
        with torch.no_grad():
            scores, present = self._scores(drawn)
            rewards = 2.0 * scores.sigmoid() - 1.0
            returns = discounted_returns(rewards, present.sum(1), self.config.discount)
            advantages = (returns - self.baseline.value)[present]
            if self.generator.training:
                self.baseline.update(returns[present].mean())
        states = self.generator.model(drawn.inputs)[present]
        nats = functional.cross_entropy(
            self.generator.lm_head(states).float(),
            drawn.targets[present],
            reduction="none",
        )
        metrics = {
            "reward": float(rewards[present].sum()),
            "entropy": float(nats.detach().sum()),
        }
        return Loss((advantages * nats).sum(), len(nats), metrics)

    def _drawn(self, batch: SentenceBatch) -> SentenceBatch:
        """As many sentences as real ones, from the generator as it is now."""
        rows = draw_sentences(
            self.generator, self.edge, len(batch.inputs), self.config.max_words
        )
        device = batch.inputs.device
        return SentenceBatch(
            pad_tokens([row[:-1] for row in rows]).to(device),
            pad_tokens([row[1:] for row in rows], IGNORED).to(device),
            batch.weights,
        )

    def _scores(self, batch: SentenceBatch) -> tuple[Tensor, Tensor]:
        """Scores of words ``[rows, length]``, and where there is one."""
        present = batch.targets != IGNORED
        scores = self.critic(batch.targets.masked_fill(~present, self.edge))
        return scores.float(), present


@dataclass(frozen=True)
class TrainedWordGan:
    """A generator of words that has seen no real one, and how it came about.

    Attributes:
        generator: As any language model of sentences.
        critic: Its discriminator.
        history: Rows of :func:`taojin.training.loop.train`.
    """

    generator: SentenceModel
    critic: TokenCritic
    history: list[dict[str, Any]]


def train_word_gan(
    sentences: Sequence[str],
    tokenizer_json: str,
    config: ReinforcedGanConfig,
    *,
    store: CheckpointStore | None = None,
    sink: MetricSink | None = None,
) -> TrainedWordGan:
    """Train a generator of words against a discriminator, from random weights.

    Args:
        sentences: Real ones, for the discriminator alone.
        tokenizer_json: See
            :func:`~taojin.training.text_adversarial.vocabulary.word_tokenizer`.
        config: Settings.
        store: Where checkpoints go; by default memory.
        sink: Receives metrics by step.

    Raises:
        EmptyStageError: If there is no sentence.
        TrainingError: If a loss is not finite too often.
    """
    tokenizer = load_tokenizer(tokenizer_json)
    training = config.training
    vocab_size = tokenizer.get_vocab_size(with_added_tokens=True)
    model = new_language_model(config.model.shape(vocab_size), training.seed)
    with torch.random.fork_rng():
        torch.manual_seed(derive_seed(training.seed, "critic"))
        critic = TokenCritic(
            TokenCriticShape(
                vocab_size=vocab_size,
                embedding_size=config.embedding_size,
                width=config.width,
                dropout=config.dropout,
            )
        )
    rows = encode_sentences(tokenizer, sentences, config.model.context_length)
    game = WordGame(
        model,
        critic,
        RunningMean(config.baseline_decay),
        config,
        end_of_document(tokenizer),
    )
    batches = BucketedSequences(
        rows,
        [1] * len(rows),  # length must not tell the players' batches apart
        collate_tokens,
        training.batch_size // training.num_accumulations,
        training.seed,
    )
    objective = game.as_objective()
    history = train(
        objective,
        TurnTaking(batches, ORDER, training.num_accumulations),
        training,
        store=store,
        sink=sink,
        fingerprint={
            "sentences": identity_of(rows),
            "tokenizer": tokenizer_json,
            "config": config.model_dump(mode="json", exclude={"training"}),
        },
    )
    return TrainedWordGan(
        SentenceModel(model, tokenizer_json, history), critic, history
    )
