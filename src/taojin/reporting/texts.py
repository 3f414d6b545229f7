"""Every word of the report, in one place; a language is one mapping.

Values in braces are filled in when a sentence is said. Names of measures, rules
and sources come from the reports and stay as they are in every language.
"""

from collections.abc import Mapping
from typing import Any

from taojin.core.numbers import format_count
from taojin.reporting.texts_curation import CURATION
from taojin.reporting.texts_labels import LABEL_EFFICIENCY

ENGLISH: Mapping[str, str] = {
    "language": "en",
    "title": "Taojin run report",
    "missing_part": "This part of the run has no results.",
    "examples": "Examples",
    "contents": "Contents",
    # Nouns for counting: one|many
    "noun.record": "record|records",
    "noun.document": "document|documents",
    "noun.source": "source|sources",
    "noun.rule": "rule|rules",
    "noun.sample": "sample|samples",
    "noun.dataset": "data set|data sets",
    "noun.step": "step|steps",
    "noun.token": "token|tokens",
    "noun.check": "check|checks",
    "noun.cluster": "cluster|clusters",
    "noun.example": "example|examples",
    # Head
    "verdict.released": "Released",
    "verdict.held_back": "Held back",
    "verdict.undecided": "No verdict",
    "verdict.released_because": "The release gate passed: {passed} of {rules}.",
    "verdict.held_back_because": "{failed} of {rules} of the release gate failed: {names}.",
    "verdict.undecided_because": "The release gate did not run.",
    "headline.documents": "of the documents kept",
    "headline.documents_note": "{kept} of {total}",
    "headline.text": "of clean text",
    "headline.text_note": "{share} of the {total} that came in",
    "headline.bits": "bits per byte, unseen text",
    "headline.bits_note": "{baseline}: {value}; lower is better",
    "headline.task": "{metric}, task “{task}”",
    "headline.no_task": "score on a finetuned task",
    "headline.task_note": "{baseline}: {value}; higher is better",
    "headline.copies": "of the samples copy the training text",
    "headline.copies_note": "longest copy: {tokens}",
    "headline.nothing": "not measured",
    # 1 What came in
    "came_in.heading": "What came in",
    "came_in.lead": (
        "{read} were read from {sources}. {documents} ({size} of text) went on; "
        "{rejected} could not be used."
    ),
    "came_in.sources": "Sources",
    "came_in.source": "Source",
    "came_in.kind": "Kind",
    "came_in.read": "Read",
    "came_in.documents": "Documents",
    "came_in.rejected": "Rejected",
    "came_in.text": "Text",
    "came_in.licences": "Licences of the documents",
    "came_in.licence": "Licence",
    "came_in.licences_note": (
        "What the project concluded from what each source declares, as SPDX "
        "expressions. Unknown counts as not allowed."
    ),
    "came_in.no_licences": "No licences were recorded.",
    "came_in.unknown_licence": "unknown",
    "came_in.unknown_are": "Unknown licences are {declared}.",
    "came_in.declared_as": "declared as {examples}",
    "came_in.other_licences": "{count} other licences",
    "came_in.rejections": "Records that could not be used",
    "came_in.no_rejections": "Every record that was read became a document.",
    "came_in.where": "Where",
    "came_in.found": "What was found",
    "came_in.record_number": "record {position}",
    "reason.unparsable": "cannot be parsed",
    "reason.no_text": "has no text",
    "reason.wrong_encoding": "is not valid UTF-8",
    "reason.too_large": "is over the size limit",
    "reason.bad_field": "has a field of the wrong type",
    "reason.unreadable_file": "is in a file that cannot be read",
    **CURATION,
    # 6 Data checks
    "checks.heading": "Data checks",
    "checks.lead_passed": "All {checks} on {datasets} passed.",
    "checks.lead_failed": "{failed} of {checks} on {datasets} did not pass.",
    "checks.dataset": "Data set",
    "checks.rows": "Rows",
    "checks.checks": "Checks",
    "checks.not_passed": "Not passed",
    # 7 Training
    "training.heading": "Training",
    "training.lead": (
        "The model was trained without labels for {steps} ({tokens}, {time}). Its loss "
        "on text it never saw went from {first} to {last} nats per token."
    ),
    "training.lead_plain": "The model was trained without labels for {steps} ({tokens}, {time}).",
    "training.pretraining": "Pretraining loss in nats per token, by step",
    "training.finetuning": "Finetuning loss by step: {task}",
    "training.train": "training text",
    "training.validation": "unseen text",
    "training.step": "step",
    "training.thinned": "Each point of the training line is the mean of {count} readings.",
    "training.no_pretraining": "There was no pretraining in this run.",
    "training.no_finetuning": "There was no finetuning in this run.",
    "training.finetuning_heading": "Finetuning",
    "training.no_points": "No finite loss was recorded.",
    "training.model": "The model",
    # 8 What the model writes
    "samples.heading": "What the model writes",
    "samples.lead": (
        "Not edited. What the model was given is marked; the rest is its own."
    ),
    "samples.none": "No samples were drawn.",
    "samples.descriptions": "Task “{task}”",
    "samples.descriptions_lead": "What was asked, what a person wrote, what the model wrote.",
    "samples.reference": "A person wrote",
    "samples.generated": "The model wrote",
    "samples.empty": "(nothing)",
    # 9 Scores
    "scores.heading": "Scores",
    "scores.lead": (
        "Every number stands with its interval: the values that the data are "
        "compatible with. Where two intervals overlap, the difference may be chance."
    ),
    "scores.bits": "Bits per byte on unseen text",
    "scores.bits_note": (
        "How many bits it takes, on average, to encode one byte of {documents} that "
        "the model never saw. Lower is better; general compressors are the yardstick."
    ),
    "scores.bits_better": (
        "The model needs {share} fewer bits than the best baseline, {baseline}."
    ),
    "scores.bits_worse": (
        "The model needs {share} more bits than the best baseline, {baseline}."
    ),
    "scores.bits_overlap": (
        "The intervals of the model and of the best baseline, {baseline}, overlap."
    ),
    "scores.task": "Task “{task}”: {metric}",
    "scores.task_note": "{examples} that were not trained on. Higher is better.",
    "scores.task_classes": "{examples} of {classes} classes, not trained on. Higher is better.",
    "scores.task_better": "Finetuned, the model is ahead of the best baseline, {baseline}.",
    "scores.task_worse": "The best baseline, {baseline}, is ahead of the finetuned model.",
    "scores.task_overlap": (
        "The intervals of the finetuned model and of the best baseline, {baseline}, "
        "overlap."
    ),
    "scores.task_bits_note": "Of the answers, given the questions. Lower is better.",
    "scores.no_tasks": "No task was finetuned, so there are no task scores.",
    "scores.no_bits": "Bits per byte were not measured.",
    "scores.diversity": "Diversity of the samples",
    "scores.diversity_note": (
        "Of {samples}, beside real text of the same number and length. Close to real "
        "text is good; more self-BLEU or fewer distinct n-grams is monotony."
    ),
    "scores.no_diversity": "Diversity was not measured.",
    "scores.legality": "Copying and personal data",
    "scores.no_legality": "Copying and personal data were not audited.",
    "scores.copies": "of the samples copy a long passage of the training text",
    "scores.longest": "longest passage that a sample shares with the training text",
    "scores.leaks": "of the samples hold personal data",
    "scores.leak_kinds": "Found: {kinds}.",
    "scores.no_leaks": "No personal data was found in the samples.",
    # 10 Labels
    **LABEL_EFFICIENCY,
    # 11 Gate
    "gate.heading": "The release gate",
    "gate.lead": (
        "A model leaves only if every rule passes. A rule looks at the end of the "
        "interval that is worse for the model, unless it says otherwise; what was not "
        "measured fails."
    ),
    "gate.rule": "Rule",
    "gate.verdict": "Verdict",
    "gate.reason": "Reason",
    "gate.passed": "passed",
    "gate.failed": "failed",
    # 12 How this was made
    "made.heading": "How this was made",
    "made.lead": "What it takes to make this run again.",
    "made.versions": "Versions",
    "made.fingerprints": "Fingerprints of the data",
    "made.durations": "Time by step",
    "made.yes": "yes",
    "made.no": "no",
    # Names of systems and measures; others are shown as they are called
    "name.pretrained": "This model",
    "name.unigram": "Unigram",
    "name.lzma": "LZMA",
    "name.zlib": "zlib",
    "name.finetuned": "Finetuned",
    "name.from_scratch": "Trained from scratch",
    "name.tfidf_logistic_regression": "TF-IDF + logistic regression",
    "name.tfidf_nearest_neighbour": "TF-IDF nearest neighbour",
    "name.majority": "Most frequent class",
    "name.most_frequent": "Most frequent answer",
    "name.accuracy": "accuracy",
    "name.macro_f1": "macro F1",
    "name.rouge_l": "ROUGE-L",
    "name.bits_per_byte": "bits per byte",
    "name.distinct_1": "Distinct words",
    "name.distinct_2": "Distinct word pairs",
    "name.distinct_3": "Distinct word triples",
    "name.self_bleu_4": "Self-BLEU-4",
    "name.generated": "Samples",
    "name.reference": "Real text",
    # Closing lines of a run
    "summary.title": "Taojin run {run}",
    "summary.read": "records read",
    "summary.read_note": "from {sources}; {rejected} rejected",
    "summary.kept": "documents kept",
    "summary.dropped": "documents dropped",
    "summary.dropped_note": "most by {rule} ({count})",
    "summary.loss": "held-out bits per byte",
    "summary.best": "best baseline {baseline} {value}",
    "summary.copies": "samples that copy",
    "summary.gate": "release gate",
    "summary.report": "report",
}
"""English. Another language is another mapping with the same keys."""


class Texts:
    """Says the sentences of one language."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        self._sentences = sentences

    def __call__(self, key: str, /, **values: Any) -> str:
        """Say a sentence with its values filled in.

        Raises:
            KeyError: If the language lacks the sentence or a value is missing.
        """
        return self._sentences[key].format_map(values)

    def template(self, key: str, /) -> str:
        """Give a sentence with its braces, for a script that fills them in.

        Raises:
            KeyError: If the language lacks the sentence.
        """
        return self._sentences[key]

    def count(self, count: int, noun: str) -> str:
        """Say a count with its noun in the right number: ``1 document``."""
        one, _, many = self._sentences[f"noun.{noun}"].partition("|")
        return f"{format_count(count)} {one if count == 1 else many or one}"

    def name(self, word: str) -> str:
        """Say the name of a system or measure; unknown words stay legible."""
        return self._sentences.get(f"name.{word}", word.replace("_", " "))

    def reason(self, word: str) -> str:
        """Say why a record was rejected."""
        return self._sentences.get(f"reason.{word}", word.replace("_", " "))
