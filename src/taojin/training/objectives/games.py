"""Several players with a loss each, such as a generator and a discriminator.

The players take turns: each optimiser step belongs to one of them, and moves its
weights alone. A game of two in which one minimises what the other maximises has no
single loss that goes down, so nothing here compares the losses of different players.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from torch import nn

from taojin.core.errors import ConfigurationError
from taojin.training.config import TrainingConfig
from taojin.training.objectives.contracts import Loss, ParameterGroup

Batch = TypeVar("Batch")


class Turn(NamedTuple, Generic[Batch]):
    """A batch, and whose turn it is."""

    player: str
    batch: Batch


@dataclass(frozen=True)
class Player(Generic[Batch]):
    """Who moves.

    Attributes:
        module: A part of the game's model; no weight belongs to two players.
        loss: Of a batch; its gradient may flow through the modules of the others, but
            not into their weights.
        learning_rate: Peak rate of AdamW, without weight decay.
    """

    module: nn.Module
    loss: Callable[[Batch], Loss]
    learning_rate: float


class Game(Generic[Batch]):
    """What the loop needs to know of a game; an objective like any other.

    Args:
        name: For logs and the progress bar.
        model: Holds the modules of all players, and nothing else that is trained.
        players: By name.
    """

    def __init__(
        self, name: str, model: nn.Module, players: dict[str, Player[Batch]]
    ) -> None:
        self._name = name
        self._model = model
        self._players = players

    @property
    def name(self) -> str:
        """For logs and the progress bar."""
        return self._name

    @property
    def model(self) -> nn.Module:
        """All players."""
        return self._model

    def loss(self, turn: Turn[Batch]) -> Loss:
        """Compute the loss of whose turn it is; it is also the metric ``<name>_loss``.

        Raises:
            ConfigurationError: If there is no such player.
        """
        player = self._players.get(turn.player)
        if player is None:
            message = (
                f"it is the turn of {turn.player!r}, and the players are "
                f"{sorted(self._players)}; correct the order of turns"
            )
            raise ConfigurationError(message)
        with self._others_frozen(turn.player):
            loss = player.loss(turn.batch)
        metrics = {f"{turn.player}_loss": loss.total.detach().item(), **loss.metrics}
        return Loss(loss.total, loss.num_units, metrics)

    def parameter_groups(self, config: TrainingConfig) -> list[ParameterGroup]:
        """One group a player.

        Raises:
            ConfigurationError: If a setting compares losses of successive steps, or
                makes steps of an unknown number of parts.
        """
        for setting in ("batch_units", "spike_threshold"):
            if getattr(config, setting) is not None:
                message = (
                    f"{setting} is {getattr(config, setting)}, and the {self.name} is a "
                    "game, whose steps belong to different players; set it to null"
                )
                raise ConfigurationError(message)
        names = {id(weight): name for name, weight in self._model.named_parameters()}
        return [
            ParameterGroup(
                player,
                "adamw",
                self._players[player].learning_rate,
                0.0,
                tuple(names[id(w)] for w in self._players[player].module.parameters()),
            )
            for player in self._players
        ]

    @contextmanager
    def _others_frozen(self, name: str) -> Generator[None, None, None]:
        others = [
            weight
            for player in self._players
            if player != name
            for weight in self._players[player].module.parameters()
        ]
        for weight in others:
            weight.requires_grad = False
        try:
            yield
        finally:
            for weight in others:
                weight.requires_grad = True
