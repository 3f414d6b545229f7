"""The textbook adversarial game, over codes of sentences instead of sentences.

Words cannot be moved a little, codes can: the generator's gradient comes through the
discriminator as it does for images. What the generator makes is read by the decoder of
the autoencoder that the codes come from, which stays as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from taojin.core.errors import EmptyStageError
from taojin.core.fingerprints import hash_bytes
from taojin.core.randomness import derive_seed
from taojin.models.adversarial.losses import GAME_LOSSES, GameLoss
from taojin.models.text_codes.shapes import PerceptronShape
from taojin.models.text_codes.storage import CodePlayers, TextCodec, new_players
from taojin.training.batches import TurnTaking
from taojin.training.checkpoints import CheckpointStore
from taojin.training.loop import train
from taojin.training.metrics import MetricSink
from taojin.training.objectives import Game, Loss, Player
from taojin.training.shuffled_rows import ShuffledRows
from taojin.training.text_adversarial.config import CodeGanConfig
from taojin.training.text_adversarial.text_codes import encode_texts

ORDER = ("discriminator", "generator")


@dataclass(frozen=True)
class TrainedCodeGan:
    """Players of a game over codes, and how they came about.

    Attributes:
        players: Generator and discriminator.
        history: Rows of :func:`taojin.training.loop.train`.
    """

    players: CodePlayers
    history: list[dict[str, Any]]


class CodeBatches:
    """Real codes in an order drawn anew for every epoch.

    Args:
        codes: ``[items, code_size]``.
        batch_size: Codes in a batch; the last of an epoch goes on in the next.
        seed: Of the order.
    """

    def __init__(self, codes: Tensor, batch_size: int, seed: int) -> None:
        self._codes = codes
        self._order = ShuffledRows(len(codes), batch_size, seed, "codes")

    def batch(self, index: int) -> Tensor:
        """Codes of one batch, ``[batch_size, code_size]``."""
        return self._codes[self.rows(index)]

    def rows(self, index: int) -> list[int]:
        """Places of these codes."""
        return self._order.batch(index).tolist()


@dataclass
class CodeGame:
    """Losses of both players, a number a pair of real and made codes.

    Attributes:
        players: Who plays.
        config: Loss, rates, noise.
    """

    players: CodePlayers
    config: CodeGanConfig

    def as_objective(self) -> Game[Tensor]:
        """The game with its players ``discriminator`` and ``generator``."""
        players = self.players
        model = nn.ModuleDict(
            {"generator": players.generator, "discriminator": players.discriminator}
        )
        rate = self.config.learning_rate
        return Game(
            "game over codes",
            model,
            {
                "generator": Player(players.generator, self.generator_loss, rate),
                "discriminator": Player(
                    players.discriminator, self.discriminator_loss, rate
                ),
            },
        )

    def discriminator_loss(self, codes: Tensor) -> Loss:
        """Binary cross-entropy, unless another loss is set; the unit is a pair.

        Metrics: ``real_share`` and ``made_share``, the mean probabilities of being real
        that real and made codes get.
        """
        with torch.no_grad():
            made = self._made(codes)
        real_scores, made_scores = self._scores(codes), self._scores(made)
        losses = self._loss.discriminator(real_scores, made_scores)
        shares = {
            "real_share": float(real_scores.detach().sigmoid().sum()),
            "made_share": float(made_scores.detach().sigmoid().sum()),
        }
        return Loss(losses.sum(), len(codes), shares)

    def generator_loss(self, codes: Tensor) -> Loss:
        """Its part of the same objective."""
        made_scores = self._scores(self._made(codes))
        real_scores = torch.zeros_like(made_scores)
        if self._loss.reads_real:
            real_scores = self._scores(codes).detach()
        losses = self._loss.generator(real_scores, made_scores)
        return Loss(losses.sum(), len(codes), {})

    @property
    def _loss(self) -> GameLoss:
        return GAME_LOSSES[self.config.loss]

    def _made(self, codes: Tensor) -> Tensor:
        size = (len(codes), self.config.latent_size)
        return self.players.generator(torch.randn(size, device=codes.device))

    def _scores(self, codes: Tensor) -> Tensor:
        noise = self.config.code_noise * torch.randn_like(codes)
        return self.players.discriminator(codes + noise)


def train_code_gan(
    codec: TextCodec,
    sentences: Sequence[str],
    config: CodeGanConfig,
    *,
    store: CheckpointStore | None = None,
    sink: MetricSink | None = None,
) -> TrainedCodeGan:
    """Train a generator of codes against a discriminator.

    Args:
        codec: Makes the codes; not changed.
        sentences: Real ones.
        config: Settings.
        store: Where checkpoints go; by default memory.
        sink: Receives metrics by step.

    Raises:
        EmptyStageError: If there is no sentence.
        TrainingError: If a loss is not finite too often.
    """
    if not sentences:
        message = "there is no sentence to train on; check the split of the data"
        raise EmptyStageError(message)
    codes = encode_texts(codec, sentences).clone()
    training = config.training
    shape = PerceptronShape(
        code_size=codes.shape[1], latent_size=config.latent_size, width=config.width
    )
    with torch.random.fork_rng():
        torch.manual_seed(derive_seed(training.seed, "weights"))
        players = new_players(shape)
    batches = CodeBatches(
        codes, training.batch_size // training.num_accumulations, training.seed
    )
    objective = CodeGame(players, config).as_objective()
    history = train(
        objective,
        TurnTaking(batches, ORDER, training.num_accumulations),
        training,
        store=store,
        sink=sink,
        fingerprint={
            "codes": hash_bytes(codes.numpy().tobytes()),
            "config": config.model_dump(mode="json", exclude={"training"}),
        },
    )
    objective.model.eval()
    return TrainedCodeGan(players, history)
