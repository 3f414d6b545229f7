"""The words of the page about what people judged."""

from collections.abc import Mapping

HUMAN: Mapping[str, str] = {
    "noun.judge": "judge|judges",
    "noun.answer": "answer|answers",
    "noun.model": "model|models",
    "human.title": "What people prefer",
    "human.lead": (
        "{judges} gave {answers} on pairs of {models}, blind: nobody was told what made "
        "which side."
    ),
    "human.asked": "They were asked: “{question}”",
    "human.excluded": "{judges} failed the checks and do not count.",
    "human.rates": "Who is preferred to whom",
    "human.rates_note": (
        "The share of pairs in which most judges prefer the first, ties half, with 95% "
        "intervals (Wilson). An interval around one half is undecided. Each comparison "
        "stands alone: of twenty between equals, one is expected to look decided."
    ),
    "human.first": "Model",
    "human.second": "Against",
    "human.rate": "Preferred",
    "human.wins": "Won",
    "human.ties": "Tied",
    "human.losses": "Lost",
    "human.detectable": "Shows from",
    "human.verdict": "More often preferred",
    "human.open": "undecided",
    "human.detectable_note": (
        "“Shows from” is the smallest distance from one half that these numbers of pairs "
        "show four times in five."
    ),
    "human.strengths": "Strength of each model, from all comparisons",
    "human.strengths_note": (
        "The difference of two strengths is the log odds of being preferred (Bradley and "
        "Terry); their mean is 0."
    ),
    "human.agreement": "How far judges agree",
    "human.agreement_note": (
        "1 is always, 0 is as often as by chance. Where judges hardly agree, either the "
        "question or the difference is unclear."
    ),
    "human.measure": "Measure",
    "human.value": "Agreement",
    "human.units": "Pairs",
    "human.krippendorff_alpha": "Krippendorff’s alpha, all judges",
    "human.fleiss_kappa": "Fleiss’ kappa, pairs that all judged",
    "human.cohen_kappa": "Cohen’s kappa, {first} and {second}",
    "human.not_measured": "not measured",
    "human.judges": "Each judge",
    "human.judges_note": (
        "Checks are pairs with a known answer; repeats are pairs shown again with sides "
        "swapped. A share of A far from one half means that the side decided."
    ),
    "human.judge": "Judge",
    "human.answered": "Answered",
    "human.missing": "Left out",
    "human.checks": "Checks passed",
    "human.repeats": "Repeats kept",
    "human.chose_a": "Chose A",
    "human.counted": "Counts",
    "human.yes": "yes",
    "human.no": "no: {reason}",
}
"""English; joined to the words of the run's report."""
