"""The objectives of games between a generator and a discriminator.

Functions of what the discriminator says: its *scores* ``D(x)`` of real images and
``D(G(z))`` of generated ones, any real numbers. ``sigmoid(score)`` is the probability of
being real where an objective speaks of one. The first is that of Goodfellow et al. 2014
(arXiv:1406.2661):

    min over G, max over D of  E_x[log D(x)] + E_z[log(1 - D(G(z)))]

Texts that print its signs or roles otherwise are wrong, see
``docs/decisions/0010-who-minimises.md``. The functions of players return what their
player *minimises*, a number an image: the discriminator's is the value with its sign
turned.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

LossName = Literal[
    "relativistic", "minimax", "non_saturating", "wasserstein", "least_squares"
]


@dataclass(frozen=True)
class GameLoss:
    """What both players minimise, of scores of real and of generated images ``[n]``.

    Attributes:
        discriminator: Its loss of each pair.
        generator: Its loss of each pair.
        is_relative: Whether only differences of scores matter, so that a score alone,
            and its sign, say nothing.
        reads_real: Whether the generator's depends on scores of real images, too.
    """

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor, Tensor], Tensor]
    is_relative: bool = False
    reads_real: bool = False


def minimax_value(real: Tensor, fake: Tensor) -> Tensor:
    """``log D(x) + log(1 - D(G(z)))`` of each pair, at most 0.

    Its mean is what the generator minimises and the discriminator maximises. At equal
    distributions and the best discriminator, 1/2 everywhere, it is ``-log 4``.

    Args:
        real: Scores of real images ``[n]``.
        fake: Scores of generated images ``[n]``.
    """
    return functional.logsigmoid(real) + functional.logsigmoid(-fake)


def minimax_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """The discriminator maximises the value: it minimises the value's negative."""
    return -minimax_value(real, fake)


def minimax_generator(_: Tensor, fake: Tensor) -> Tensor:
    """``log(1 - D(G(z)))``: the part of the value on which the generator acts.

    Saturates: its gradient by a score is ``-D``, nearly 0 where the discriminator is
    sure that an image is generated.
    """
    return functional.logsigmoid(-fake)


def non_saturating_generator(_: Tensor, fake: Tensor) -> Tensor:
    """``-log D(G(z))``: the same fixed point, and a gradient of ``-(1 - D)``."""
    return -functional.logsigmoid(fake)


def relativistic_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """``softplus(D(G(z)) - D(x))``: each real image is to look more real than its pair.

    Jolicoeur-Martineau 2019 (arXiv:1807.00734), with the pairs of Huang et al. 2024
    (arXiv:2501.05441).
    """
    return functional.softplus(fake - real)


def relativistic_generator(real: Tensor, fake: Tensor) -> Tensor:
    """``softplus(D(x) - D(G(z)))``: the generated image is to look more real."""
    return functional.softplus(real - fake)


def wasserstein_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """``D(G(z)) - D(x)`` (Arjovsky et al. 2017, arXiv:1701.07875)."""
    return fake - real


def wasserstein_generator(_: Tensor, fake: Tensor) -> Tensor:
    """``-D(G(z))``."""
    return -fake


def least_squares_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """``((D(x) - 1)^2 + D(G(z))^2) / 2`` (Mao et al. 2017, arXiv:1611.04076)."""
    return ((real - 1.0).square() + fake.square()) / 2.0


def least_squares_generator(_: Tensor, fake: Tensor) -> Tensor:
    """``(D(G(z)) - 1)^2 / 2``."""
    return (fake - 1.0).square() / 2.0


GAME_LOSSES: dict[LossName, GameLoss] = {
    "relativistic": GameLoss(
        relativistic_discriminator,
        relativistic_generator,
        is_relative=True,
        reads_real=True,
    ),
    "minimax": GameLoss(minimax_discriminator, minimax_generator),
    "non_saturating": GameLoss(minimax_discriminator, non_saturating_generator),
    "wasserstein": GameLoss(
        wasserstein_discriminator, wasserstein_generator, is_relative=True
    ),
    "least_squares": GameLoss(least_squares_discriminator, least_squares_generator),
}
"""By name."""


def zero_centred_penalty(scores: Tensor, images: Tensor) -> Tensor:
    """Squared length of the gradient of each score by its image, ``[n]``.

    Exact, and can be differentiated. On real images it is R1, on generated ones R2
    (Mescheder et al. 2018, arXiv:1801.04406); both are used with half their weight.
    Each score must depend on its own image alone, or gradients of a sum are not those
    of its parts.

    Args:
        scores: ``[n]``, computed from ``images``.
        images: ``[n, ...]``, of which a gradient is required.
    """
    return _gradients(scores, images).square().sum(dim=1)


def unit_length_penalty(scores: Tensor, images: Tensor) -> Tensor:
    """How far the gradient of each score is from length 1, squared, ``[n]``.

    Of scores at :func:`between` real and generated images it keeps a critic Lipschitz
    (Gulrajani et al. 2017, arXiv:1704.00028). See :func:`zero_centred_penalty`.
    """
    return (_gradients(scores, images).norm(dim=1) - 1.0).square()


def between(real: Tensor, fake: Tensor) -> Tensor:
    """Random points on the lines between pairs of images; drawn from torch's state."""
    shape = (len(real), *[1] * (real.ndim - 1))
    return real.lerp(fake, torch.rand(shape, device=real.device, dtype=real.dtype))


def _gradients(scores: Tensor, images: Tensor) -> Tensor:
    """``[n, numbers]``, in single precision."""
    (found,) = torch.autograd.grad(scores.sum(), images, create_graph=True)
    return found.flatten(1).float()
