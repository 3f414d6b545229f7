"""Texts on the axes of diversity, realism and usability."""

from collections.abc import Sequence
from dataclasses import dataclass

from taojin.core.estimates import Estimate
from taojin.evaluation.audits.drawing import cut_texts_alike, draw_by_hash
from taojin.evaluation.comparison.tables import Measured
from taojin.evaluation.distances.measure import measure_distances
from taojin.evaluation.diversity import DiversityConfig, measure_diversity
from taojin.evaluation.extractors.ngrams import NgramExtractor
from taojin.evaluation.extractors.text import HiddenStateExtractor
from taojin.evaluation.features import FeatureExtractor
from taojin.evaluation.intervals import IntervalConfig, bootstrap_ratio
from taojin.evaluation.items.item_sets import ItemSet, empty_share
from taojin.evaluation.judging.config import JudgingConfig
from taojin.evaluation.judging.likelihoods import text_surprises
from taojin.evaluation.scores import Score
from taojin.models.bases import Base, load_base

_DIVERSITIES = ("distinct_1", "distinct_2", "distinct_3", "self_bleu_4")


@dataclass(frozen=True)
class RealTexts:
    """What generated texts should be like.

    Attributes:
        held_out: Texts that no candidate was trained on.
        others: As many more of them, which stand for a perfect generator.
        extractor: Makes features; fitted on neither of the two.
        independent: A language model that judges how likely texts are, if there is
            one.
    """

    held_out: Sequence[str]
    others: Sequence[str]
    extractor: FeatureExtractor
    independent: Base | None = None


def real_texts(
    held_out: Sequence[str],
    others: Sequence[str],
    training: Sequence[str],
    config: JudgingConfig,
) -> RealTexts:
    """Put together what texts are judged by.

    Args:
        held_out: See :class:`RealTexts`.
        others: The same.
        training: Texts of the training part, by which n-grams are weighted.
        config: Extractor and independent model.

    Raises:
        DataError: If there are too few training texts.
        ConfigurationError: If a model's folder is not there.
    """
    if config.extractor == "hidden_states" and config.extractor_model is not None:
        extractor = HiddenStateExtractor.load(
            config.extractor_model, config.hidden_states
        )
    else:
        fitting = draw_by_hash(training, config.max_fitting_texts, config.ngrams.seed)
        extractor = NgramExtractor.fitted(fitting, config.ngrams)
    independent = config.independent_model and load_base(config.independent_model)
    return RealTexts(held_out, others, extractor, independent or None)


def judge_texts(
    generated: ItemSet,
    real: RealTexts,
    config: JudgingConfig,
    diversity: DiversityConfig,
    intervals: IntervalConfig,
) -> list[Measured]:
    """Score generated texts beside real ones that are cut to their lengths.

    Args:
        generated: The texts, and those that were rejected as empty.
        real: What they should be like.
        config: Distances.
        diversity: Sizes of what is compared.
        intervals: Coverage, resamples, seed.

    Returns:
        A measurement a metric.

    Raises:
        DataError: If there are too few texts of either side for a metric; the message
            says how many are needed.
    """
    texts = list(generated.items)
    held_out, others = (
        cut_texts_alike(side, texts) for side in (real.held_out, real.others)
    )
    own, first, second = map(real.extractor.extract, (texts, held_out, others))
    scores = [
        *measure_distances(own, first, second, config.distances),
        *_diversity_scores(texts, held_out, diversity, intervals),
        empty_share(generated, confidence=intervals.confidence),
    ]
    if real.independent is not None:
        scores.append(_bits_per_byte(real.independent, texts, held_out, intervals))
    return [Measured(score) for score in scores]


def _diversity_scores(
    texts: Sequence[str],
    real: Sequence[str],
    config: DiversityConfig,
    intervals: IntervalConfig,
) -> list[Score]:
    report = measure_diversity(texts, real, config, intervals)
    return [
        Score(
            name=name,
            axis="diversity",
            better="like_real",
            estimate=Estimate(**report[name]["generated"]),
            null=Estimate(**report[name]["reference"]),
            num_generated=report["num_texts"],
            num_real=report["num_texts"],
        )
        for name in _DIVERSITIES
    ]


def _bits_per_byte(
    judge: Base, texts: Sequence[str], real: Sequence[str], intervals: IntervalConfig
) -> Score:
    """How surprising texts are to a model; dull ones less than real ones."""
    estimate, null = (_estimate_bits(judge, side, intervals) for side in (texts, real))
    return Score(
        name="bits_per_byte",
        axis="realism",
        better="like_real",
        estimate=estimate,
        null=null,
        num_generated=len(texts),
        num_real=len(real),
    )


def _estimate_bits(
    judge: Base, texts: Sequence[str], intervals: IntervalConfig
) -> Estimate:
    found = text_surprises(judge, texts)
    return bootstrap_ratio(found.bits, found.num_bytes, intervals)
