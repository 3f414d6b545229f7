"""The words of the page about how models behave: shifted, in use, and why."""

from collections.abc import Mapping

BEHAVIOUR: Mapping[str, str] = {
    "robustness.heading": "Under shifts",
    "robustness.note": (
        "The same held-out texts, changed as other writers, keyboards and systems would "
        "change them; a drop is a loss, whichever side of the measure is good. In the "
        "charts, those that stay after correction for all comparisons are bold."
    ),
    "robustness.topic": "Topic classifier",
    "robustness.likelihood": "Language model",
    "robustness.lead": "{quantity} of the texts as they are: {value}.",
    "robustness.by_shifts": "By shift and strength",
    "robustness.by_groups": "By group: each against the rest",
    "robustness.shifts": "Shift",
    "robustness.groups": "Group",
    "robustness.chart_shifts": "Loss of {quantity} under each shift",
    "robustness.chart_groups": "Loss of {quantity} in each group",
    "robustness.before": "Before",
    "robustness.after": "After",
    "robustness.drop": "Loss",
    "robustness.p_value": "p, corrected",
    "robustness.verdict": "Verdict",
    "robustness.found": "differs",
    "robustness.open": "undecided",
    "robustness.numbers": "Numbers",
    "robustness.unchanged": "Change none of these texts, so not measured: {names}.",
    "uses.heading": "In use",
    "uses.cost": "Cost of a text",
    "uses.cost_note": (
        "One text after the other, of at most {tokens} tokens, by the clock of the machine "
        "of this run. Memory is that of the whole process."
    ),
    "uses.teaches": "What labelled texts teach, and whether they are what was asked for",
    "uses.teaches_note": (
        "A student trained on generated texts and tested on real ones, beside one trained "
        "on as many real ones. “Followed” takes out the errors that the judge makes on "
        "real texts."
    ),
    "reasons.heading": "Why",
    "reasons.generations": "Training documents that generated texts lean on",
    "reasons.generations_note": (
        "By the cosine of gradients: learning the document would teach the text. A high "
        "one is a hint, not a proof that the document is the cause."
    ),
    "reasons.removal": (
        "Checked by removal: {verdict}. Where the model read on in a few hundred documents "
        "without the {named} that are named for {generations} texts, its loss on these was "
        "{difference} nats a token above that without as many others of the same lengths "
        "({trainings} trainings). This asks whether documents teach to write such texts, "
        "not whether the model learned it from them alone."
    ),
    "reasons.shown": "the named documents matter more than random ones",
    "reasons.not_shown": (
        "that the named documents matter more than random ones is not shown"
    ),
    "reasons.removal_problem": "Not checked by removal: {problem}",
    "reasons.document": "Document",
    "reasons.gradient": "Gradients",
    "reasons.representation": "States",
    "reasons.decisions": "Tokens that the topic classifier decides by",
    "reasons.decisions_note": (
        "Shaded: for the label; underlined: against it. Values add up to the logit."
    ),
    "reasons.decided": "“{label}”, in truth “{truth}”",
    "name.seconds_per_item_median": "Time, median",
    "name.seconds_per_item_p95": "Time, 95th percentile",
    "name.peak_memory_bytes": "Memory at most",
    "name.peak_memory_growth_bytes": "Memory beyond what was held before",
    "name.peak_device_memory_bytes": "Memory of the accelerator at most",
    "name.train_generated_accuracy": "Trained on generated, accuracy on real",
    "name.train_real_accuracy": "Trained on real, accuracy on real",
    "name.train_generated_ratio": "The first over the second",
    "name.augmentation_gain": "Gain from adding generated to real",
    "name.attribute_found": "Judged to be what was asked",
    "name.attribute_followed": "Followed, judge’s errors taken out",
    "name.judge_accuracy": "Judge’s accuracy on real texts",
}
"""English; joined to the words of the run's report."""
