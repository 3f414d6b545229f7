"""Configuration of the evaluation stage."""

from taojin.core.config import StageConfig
from taojin.evaluation.audits.config import LegalityConfig
from taojin.evaluation.baselines import BaselineConfig
from taojin.evaluation.compressors import CompressorConfig
from taojin.evaluation.diversity import DiversityConfig
from taojin.evaluation.intervals import IntervalConfig
from taojin.evaluation.judging.config import JudgingConfig
from taojin.evaluation.judging.reasons import ReasonsConfig
from taojin.evaluation.judging.robustness import ShiftsConfig
from taojin.evaluation.judging.studies import HumanConfig
from taojin.evaluation.judging.uses import UsesConfig
from taojin.evaluation.likelihood import LikelihoodConfig


class EvaluationConfig(StageConfig):
    """How models are judged."""

    intervals: IntervalConfig = IntervalConfig()
    likelihood: LikelihoodConfig = LikelihoodConfig()
    compressors: CompressorConfig = CompressorConfig()
    baselines: BaselineConfig = BaselineConfig()
    diversity: DiversityConfig = DiversityConfig()
    legality: LegalityConfig = LegalityConfig()
    judging: JudgingConfig = JudgingConfig()
    shifts: ShiftsConfig = ShiftsConfig()
    uses: UsesConfig = UsesConfig()
    reasons: ReasonsConfig = ReasonsConfig()
    human: HumanConfig = HumanConfig()
