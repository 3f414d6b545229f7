"""What a model is trained for: its loss, and which optimiser trains which weights."""

from taojin.training.objectives.classification import Classification
from taojin.training.objectives.continuation import Continuation
from taojin.training.objectives.contracts import (
    IGNORED,
    LabelledBatch,
    Loss,
    Objective,
    ParameterGroup,
    TokenBatch,
)
from taojin.training.objectives.games import Game, Player, Turn
from taojin.training.objectives.groups import decoder_groups
from taojin.training.objectives.heads import (
    HEAD_OBJECTIVES,
    HeadObjective,
    MultiLabel,
    Pairwise,
    Regression,
)
from taojin.training.objectives.language_modelling import NextToken
from taojin.training.objectives.preference import (
    PairBatch,
    Preference,
    answer_likelihoods,
)
from taojin.training.objectives.unlikelihood import FlaggedBatch, Unlikelihood

__all__ = [
    "HEAD_OBJECTIVES",
    "IGNORED",
    "Classification",
    "Continuation",
    "FlaggedBatch",
    "Game",
    "HeadObjective",
    "LabelledBatch",
    "Loss",
    "MultiLabel",
    "NextToken",
    "Objective",
    "PairBatch",
    "Pairwise",
    "ParameterGroup",
    "Player",
    "Preference",
    "Regression",
    "TokenBatch",
    "Turn",
    "Unlikelihood",
    "answer_likelihoods",
    "decoder_groups",
]
