"""All distances between generated and real items at once."""

from collections.abc import Callable
from typing import Literal, get_args

from taojin.core.config import StageConfig
from taojin.evaluation.distances.draws import DrawConfig
from taojin.evaluation.distances.frechet import score_frechet
from taojin.evaluation.distances.frontier import FrontierConfig, score_frontier
from taojin.evaluation.distances.kernel_distance import (
    KernelConfig,
    score_kernel_distance,
)
from taojin.evaluation.distances.near_duplicates import (
    NearDuplicateConfig,
    score_near_duplicates,
)
from taojin.evaluation.distances.neighbourhoods import (
    NeighbourhoodConfig,
    score_neighbourhoods,
)
from taojin.evaluation.distances.two_sample import TwoSampleConfig, score_two_sample
from taojin.evaluation.distances.vendi import VendiConfig, score_vendi
from taojin.evaluation.features import FeatureTable, require_same_extractor
from taojin.evaluation.scores import Score

Distance = Literal[
    "kernel_distance",
    "frechet",
    "neighbourhoods",
    "frontier",
    "two_sample",
    "vendi",
    "near_duplicates",
]

ALL_DISTANCES: tuple[Distance, ...] = get_args(Distance)


class DistancesConfig(StageConfig):
    """Which distances are computed, and how."""

    distances: tuple[Distance, ...] = ALL_DISTANCES
    """A distance that needs more items than there are is an error, not left out;
    leave it out here."""
    draws: DrawConfig = DrawConfig()
    kernel_distance: KernelConfig = KernelConfig()
    neighbourhoods: NeighbourhoodConfig = NeighbourhoodConfig()
    frontier: FrontierConfig = FrontierConfig()
    two_sample: TwoSampleConfig = TwoSampleConfig()
    vendi: VendiConfig = VendiConfig()
    near_duplicates: NearDuplicateConfig = NearDuplicateConfig()


def measure_distances(
    generated: FeatureTable,
    real: FeatureTable,
    real_other: FeatureTable | None,
    config: DistancesConfig,
) -> list[Score]:
    """Score generated items beside real ones, by every distance that is wanted.

    Kernel distance and two-sample test mean the same at any number of items and use
    all of them. The others depend on the number; they are computed at equal numbers,
    and their nulls at the same ones, see :mod:`~taojin.evaluation.distances.draws`.

    Args:
        generated: What is judged.
        real: What it should be like.
        real_other: More real items, which stand for a perfect generator. Without them
            halves of the real ones do.
        config: Which distances, and how.

    Returns:
        One score or several a distance, in the order of the configuration.

    Raises:
        DataError: If the extractors of the tables differ, or a distance needs more
            items; the message says how many.
    """
    require_same_extractor(generated, real, real_other)
    sets = (generated, real, real_other)
    draws = config.draws
    ways: dict[Distance, Callable[[], list[Score]]] = {
        "kernel_distance": lambda: [
            score_kernel_distance(*sets, config.kernel_distance)
        ],
        "frechet": lambda: score_frechet(*sets, draws),
        "neighbourhoods": lambda: score_neighbourhoods(
            *sets, config.neighbourhoods, draws
        ),
        "frontier": lambda: score_frontier(*sets, config.frontier, draws),
        "two_sample": lambda: [score_two_sample(*sets, config.two_sample)],
        "vendi": lambda: [score_vendi(*sets, config.vendi, draws)],
        "near_duplicates": lambda: [
            score_near_duplicates(*sets, config.near_duplicates, draws)
        ],
    }
    return [score for name in config.distances for score in ways[name]()]
