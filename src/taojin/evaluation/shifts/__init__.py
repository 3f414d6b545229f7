"""Robustness: what a measure loses when items come from another world."""

from taojin.evaluation.shifts.audio import audio_shifts
from taojin.evaluation.shifts.contracts import Shift, Shifts
from taojin.evaluation.shifts.drops import Drop, Quantity, RobustnessConfig
from taojin.evaluation.shifts.groups import group_drops, held_out_groups
from taojin.evaluation.shifts.images import IMAGE_SHIFTS
from taojin.evaluation.shifts.robustness import Measure, robustness
from taojin.evaluation.shifts.texts import TEXT_SHIFTS, script_shift

__all__ = [
    "IMAGE_SHIFTS",
    "TEXT_SHIFTS",
    "Drop",
    "Measure",
    "Quantity",
    "RobustnessConfig",
    "Shift",
    "Shifts",
    "audio_shifts",
    "group_drops",
    "held_out_groups",
    "robustness",
    "script_shift",
]
