"""Adversarial training by discriminator-guided reweighting of a model's own samples.

A language model draws sentences; a discriminator says how much likelier each is among
real sentences than among drawn ones; the model learns its own sentences again, so
weighted, and real ones beside them. This is an importance-sampled step towards the
distribution that the discriminator takes for real, and needs no gradient through drawn
words and no policy gradient (Che et al. 2017, arXiv:1702.07983, weight within a batch;
Scialom et al. 2021, arXiv:2106.02494, let the discriminator choose what is imitated).

It starts from maximum likelihood, and says so: what it adds is the difference to that
start at equal diversity.
"""

import copy
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import torch

from taojin.core.fingerprints import fingerprint_of, hash_bytes
from taojin.core.randomness import derive_seed, generator
from taojin.models.classifier import SequenceClassifier
from taojin.models.encoding import end_of_document
from taojin.models.language_model import LanguageModel
from taojin.models.storage import weights_of
from taojin.training.checkpoints import CheckpointStore
from taojin.training.config import TrainingConfig
from taojin.training.metrics import MetricSink
from taojin.training.text_adversarial.config import ReweightingConfig
from taojin.training.text_adversarial.critics import (
    calibrate,
    critic_logits,
    importance_weights,
    new_critic,
    train_critic,
)
from taojin.training.text_adversarial.drawing import draw_sentences
from taojin.training.text_adversarial.likelihood import (
    SentenceModel,
    WeightedNextToken,
    fit_sentences,
)
from taojin.training.text_adversarial.sentences import Sentence, encode_sentences

logger = logging.getLogger(__name__)

Measure = Callable[[LanguageModel, list[str]], float]
"""How far a model and sentences that it has drawn are from real ones; lower is better.
What judges in the end must not be what is asked here."""
StoreOf = Callable[[str], CheckpointStore]
"""Where the checkpoints of a named part of the training go."""


@dataclass(frozen=True)
class Round:
    """What happened in a round.

    Attributes:
        number: From 1.
        effective_size: Of the weights, see
            :class:`~taojin.training.text_adversarial.critics.ImportanceWeights`.
        num_samples: What it is to be compared with.
        critic_loss: Nats a held-out sentence; log 2 tells nothing apart.
        critic_accuracy: Share of held-out sentences, real and drawn, told right.
        scale: Of the calibration; well below 1 is a discriminator that is too sure.
        measure: Of the model after the round.
        is_best: Whether that is the lowest so far.
    """

    number: int
    effective_size: float
    num_samples: int
    critic_loss: float
    critic_accuracy: float
    scale: float
    measure: float
    is_best: bool


@dataclass(frozen=True)
class ReweightedModel:
    """What reweighting made of a model.

    Attributes:
        generator: The model after the best round, or the start if none was better.
        last: The model after the last round, better or not; where no round gains, it
            shows where reweighting leads.
        critic: The discriminator of the last round.
        start_measure: Of the model that it started from.
        rounds: In their order.
    """

    generator: SentenceModel
    last: SentenceModel
    critic: SequenceClassifier
    start_measure: float
    rounds: list[Round] = field(default_factory=list)

    def facts(self) -> dict[str, Any]:
        """Plain values of how it came about."""
        rounds = [asdict(one) for one in self.rounds]
        return {"start_measure": self.start_measure, "rounds": rounds}


def reweight_by_critic(
    start: SentenceModel,
    sentences: Sequence[str],
    validation: Sequence[str],
    config: ReweightingConfig,
    measure: Measure,
    *,
    store_of: StoreOf | None = None,
    sink: MetricSink | None = None,
) -> ReweightedModel:
    """Train a language model against a discriminator, from maximum likelihood on.

    Args:
        start: A model that maximum likelihood has trained; not changed.
        sentences: The real ones it was trained on.
        validation: Held-out ones: they choose and calibrate the discriminator.
        config: Settings.
        measure: Chooses the round; see :data:`Measure`.
        store_of: Makes a store for each part (``critic-1``, ``generator-1``, ...);
            parts that had ended are not repeated. By default memory.
        sink: Receives a row a round, by its number: the numbers of :class:`Round`.

    Raises:
        EmptyStageError: If there is no sentence.
        TrainingError: If a loss is not finite too often.
    """
    job = _Job(start, sentences, validation, config, store_of)
    model = copy.deepcopy(start.model)
    critic = new_critic(model)
    lowest = first = measure(model, job.texts(job.draw(model, "start", 1)))
    best, history = copy.deepcopy(model), start.history
    rounds: list[Round] = []
    rows = start.history
    for number in range(1, config.num_rounds + 1):
        facts, rows = job.train(model, critic, number)
        value = measure(model, job.texts(job.draw(model, "measure", number)))
        is_best = value < lowest
        rounds.append(Round(number=number, measure=value, is_best=is_best, **facts))
        logger.info("%s", rounds[-1])
        if sink is not None:
            row = asdict(rounds[-1])
            sink.log(number, {k: float(v) for k, v in row.items() if k != "number"})
        if is_best:
            lowest, best, history = value, copy.deepcopy(model), rows
        best_number = max((r.number for r in rounds if r.is_best), default=0)
        if number - best_number >= config.patience:
            break
    kept = SentenceModel(best, start.tokenizer_json, history)
    last = SentenceModel(model, start.tokenizer_json, rows)
    return ReweightedModel(kept, last, critic, first, rounds)


class _Job:
    """Data and settings of one call."""

    def __init__(
        self,
        start: SentenceModel,
        sentences: Sequence[str],
        validation: Sequence[str],
        config: ReweightingConfig,
        store_of: StoreOf | None,
    ) -> None:
        self.config = config
        self.tokenizer = start.tokenizer
        self.edge = end_of_document(self.tokenizer)
        context = start.model.shape.max_position_embeddings
        self.real = encode_sentences(self.tokenizer, sentences, context)
        self.held_out = encode_sentences(self.tokenizer, validation, context)
        self.store_of = store_of
        self.replay: list[list[int]] = []

    def texts(self, rows: Sequence[Sequence[int]]) -> list[str]:
        """Sentences as texts, without their edges."""
        return [self.tokenizer.decode(list(row[1:-1])) for row in rows]

    def draw(
        self, model: LanguageModel, name: str, number: int, size: int | None = None
    ) -> list[list[int]]:
        """Draw sentences for a purpose."""
        config = self.config
        random = torch.Generator(next(model.parameters()).device)
        random.manual_seed(derive_seed(config.seed, "sentences", name, number))
        size = config.num_samples if size is None else size
        return draw_sentences(model, self.edge, size, config.max_words, random)

    def train(
        self, model: LanguageModel, critic: SequenceClassifier, number: int
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """One round, in place: the discriminator first, then the model."""
        config = self.config
        fingerprint = {"round": number, "model": _identity(model)}
        judged = self.draw(model, "held out", number, len(self.held_out))
        refuted = self._to_refute(model, number)
        rows = train_critic(
            critic,
            self._real_ones(len(refuted), number),
            refuted,
            (self.held_out, judged),
            config.critic.model_copy(
                update={"training": self._seeded(config.critic.training, number)}
            ),
            fingerprint={**fingerprint, "critic": _identity(critic)},
            store=self._store(f"critic-{number}"),
        )
        real, drawn = (critic_logits(critic, r) for r in (self.held_out, judged))
        calibration = calibrate(real, drawn)
        samples = self.draw(model, "samples", number)
        weights = importance_weights(
            critic_logits(critic, samples), calibration, config.max_weight
        )
        losses = [
            r["validation_loss"] for r in rows if r["validation_loss"] is not None
        ]
        facts = {
            "effective_size": weights.effective_size,
            "num_samples": len(samples),
            "critic_loss": min(losses),
            "critic_accuracy": float(((real > 0).mean() + (drawn <= 0).mean()) / 2.0),
            "scale": calibration.scale,
        }
        history = fit_sentences(
            WeightedNextToken(model, config.dropout),
            self._to_learn(samples, weights.values.tolist()),
            self.held_out,
            self._seeded(config.training, number),
            fingerprint=fingerprint,
            store=self._store(f"generator-{number}"),
        )
        return facts, history

    def _real_ones(self, size: int, number: int) -> list[list[int]]:
        """So many real sentences, at most all: both sides are to count alike."""
        random = generator(self.config.seed, "real sentences", number)
        places = random.permutation(len(self.real))[:size].tolist()
        return [self.real[place] for place in places]

    def _to_refute(self, model: LanguageModel, number: int) -> list[list[int]]:
        """Drawn sentences for the discriminator: new ones, and some of before."""
        config = self.config
        fresh = self.draw(model, "critic", number, config.num_critic_samples)
        num_old = round(config.critic.replay_share * len(fresh))
        old = self.replay[:: max(1, len(self.replay) // max(1, num_old))][:num_old]
        mixed = [*fresh[len(old) :], *old]
        self.replay = [*self.replay, *fresh][-config.critic.replay_size :]
        return mixed

    def _to_learn(
        self, samples: list[list[int]], weights: list[float]
    ) -> list[Sentence]:
        """Weighted samples and real sentences, in the wanted shares of weight."""
        share = self.config.real_share
        real_weight = share * len(samples) / ((1.0 - share) * len(self.real))
        learnt = [Sentence(*pair) for pair in zip(samples, weights, strict=True)]
        if share > 0.0:
            learnt += [Sentence(row, real_weight) for row in self.real]
        mean = sum(sentence.weight for sentence in learnt) / len(learnt)
        return [Sentence(s.tokens, s.weight / mean) for s in learnt]

    def _seeded(self, config: TrainingConfig, number: int) -> TrainingConfig:
        seed = derive_seed(config.seed, "round", number)
        return config.model_copy(update={"seed": seed})

    def _store(self, name: str) -> CheckpointStore | None:
        return None if self.store_of is None else self.store_of(name)


def _identity(model: torch.nn.Module) -> str:
    """Hash of weights, which a fingerprint of settings does not know."""
    weights = weights_of(model)
    content = [hash_bytes(weights[name].numpy().tobytes()) for name in sorted(weights)]
    return fingerprint_of(content)
