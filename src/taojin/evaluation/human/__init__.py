"""Human check: blinded pairs out, judgements in, what they show."""

from taojin.evaluation.human.agreement import (
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
)
from taojin.evaluation.human.attention import (
    Attention,
    AttentionConfig,
    attention,
    without_inattentive,
)
from taojin.evaluation.human.export import read_key, write_study
from taojin.evaluation.human.findings import FindingsConfig, study_findings
from taojin.evaluation.human.judgements import (
    Answer,
    Judgements,
    Verdict,
    read_judgements,
)
from taojin.evaluation.human.page import study_page
from taojin.evaluation.human.pairs import (
    Media,
    Study,
    StudyConfig,
    StudyKey,
    make_study,
    text_checks,
)
from taojin.evaluation.human.preferences import (
    PreferenceConfig,
    WinRate,
    pair_outcomes,
    strengths,
    win_rates,
)

__all__ = [
    "Answer",
    "Attention",
    "AttentionConfig",
    "FindingsConfig",
    "Judgements",
    "Media",
    "PreferenceConfig",
    "Study",
    "StudyConfig",
    "StudyKey",
    "Verdict",
    "WinRate",
    "attention",
    "cohen_kappa",
    "fleiss_kappa",
    "krippendorff_alpha",
    "make_study",
    "pair_outcomes",
    "read_judgements",
    "read_key",
    "strengths",
    "study_findings",
    "study_page",
    "text_checks",
    "win_rates",
    "without_inattentive",
    "write_study",
]
