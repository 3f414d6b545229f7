"""Configuration of the features stage."""

from taojin.core.config import StageConfig
from taojin.features.labels import LabelConfig
from taojin.features.splits import SplitConfig
from taojin.features.tokenizer import TokenizerConfig


class FeaturesConfig(StageConfig):
    """How documents become examples."""

    splits: SplitConfig = SplitConfig()
    tokenizer: TokenizerConfig = TokenizerConfig()
    labels: LabelConfig = LabelConfig()
