"""The words of the four sections about curation; the rest stand in ``texts.py``."""

from collections.abc import Mapping

CURATION: Mapping[str, str] = {
    # 2 What was dropped
    "dropped.heading": "What was dropped, and why",
    "dropped.lead": (
        "{kept} of {documents} were kept, {kept_size} of {size} of text. Rules apply "
        "in this order; a document is counted at the first rule that it fails."
    ),
    "dropped.lead_nothing": "No documents reached curation.",
    "dropped.waterfall": "Documents left after every rule",
    "dropped.came_in": "Came in",
    "dropped.kept": "Kept",
    "dropped.waterfall_note": "Open a rule to read examples of what it dropped.",
    "dropped.step_note": "{share} of the documents, {size} of text",
    "dropped.idle_rules": "These rules dropped nothing: {names}.",
    "dropped.all_dropped": (
        "Nothing was left. Look at the rule that dropped the most, and at its examples."
    ),
    "dropped.none_dropped": "No rule dropped a document.",
    "dropped.value": "measured {value}",
    "dropped.threshold": "threshold {threshold}",
    "dropped.no_examples": "No examples were recorded.",
    "dropped.distributions": "Signals and their thresholds",
    "dropped.distributions_note": (
        "How the documents measure on each signal, and what became of them."
    ),
    "dropped.bin_kept": "kept",
    "dropped.bin_dropped_here": "dropped by this rule",
    "dropped.bin_dropped_elsewhere": "dropped by another",
    "dropped.log_scale": "(log)",
    "dropped.more_distributions": "{count} more rules, which dropped the least, are not drawn.",
    # 3 What other thresholds would keep
    "explorer.heading": "What other thresholds would keep",
    "explorer.lead_all": (
        "Move a threshold, and all {documents} are decided anew, here in the page."
    ),
    "explorer.lead_sample": (
        "Move a threshold, and {sampled} documents, drawn at random from {documents}, "
        "are decided anew, here in the page. A share of such a sample is uncertain by "
        "at most ±{margin} points (95% interval); each change stands with its own."
    ),
    "explorer.no_script": "The sliders need JavaScript, which this viewer does not run.",
    "explorer.documents": "of the documents kept",
    "explorer.bytes": "of the text kept",
    "explorer.as_now": "{amount}, as it is now",
    "explorer.instead": "{amount} {margin}, now {now}",
    "explorer.about": "≈ {amount}",
    "explorer.margin": "± {points} points",
    "explorer.rule": "Rule",
    "explorer.threshold": "Threshold",
    "explorer.drops": "Dropped first by it",
    "explorer.at_least": "{rule}: keep from",
    "explorer.at_most": "{rule}: keep up to",
    "explorer.only": "only {scope}",
    "explorer.off": "off",
    "explorer.reset": "Put all back",
    "explorer.by_source": "Kept, by source",
    "explorer.now": "Now",
    "explorer.then": "Then",
    "explorer.uncertain": "Uncertain by",
    "explorer.not_sampled": "not in the sample",
    "explorer.yaml": "To make it so",
    "explorer.yaml_note": (
        "Put these lines in place of those of the same name under "
        "curation.rules.thresholds in conf/base/parameters_curation.yml; a rule that a "
        "preset brings is changed in the preset. The next run replays decisions "
        "without reading text."
    ),
    "explorer.nothing_moved": "# Nothing was moved.",
    "explorer.left_out": "left out",
    "explorer.copies_note": (
        "Which copy stays is decided anew too, among the {count} best of each cluster. "
        "Rules without a slider stay as they are."
    ),
    # 4 Source by source
    "sources.heading": "Source by source",
    "sources.lead": (
        "Of the {sources}, {worst} kept the least ({low} of its documents) and {best} "
        "the most ({high}). Open a source to see what each rule took from it."
    ),
    "sources.lead_one": "All documents came from one source, {source}.",
    "sources.lead_nothing": "No documents reached curation.",
    "sources.kept": "{kept} of {documents}",
    "sources.text": "Text kept",
    "sources.text_kept": "{kept} of {size}",
    "sources.languages": "Languages",
    "sources.licences": "Licences",
    "sources.personal_data": "Personal data",
    "sources.contamination": "Shared with evaluation sets",
    "sources.repairs": "Repaired",
    "sources.none": "none",
    "sources.more": "{count} more",
    "sources.nothing_dropped": "No rule dropped a document of this source.",
    "sources.other_sources": "The other sources",
    "sources.hidden": "{count} smaller sources are not shown.",
    "sources.by_licence": "Kept, by licence",
    "sources.more_licences": "{count} more licences",
    "sources.allowed": "Allowed",
    "sources.yes": "yes",
    "sources.no": "no",
    # 5 What was found in the texts
    "findings.heading": "What was found in the texts",
    "findings.duplicates": "Duplicates",
    "findings.duplicates_lead": (
        "{exact} repeat another word for word and {near} nearly so, in {clusters}."
    ),
    "findings.no_duplicates": "No duplicates were found.",
    "findings.largest": "The largest clusters",
    "findings.cluster_size": "Documents",
    "findings.cluster_titles": "Among them",
    "findings.flows": "Where dropped copies came from",
    "findings.flows_note": (
        "Rows: the source of the copy that was dropped. Columns: the source of the "
        "document that stays in its place."
    ),
    "findings.flow_note": "{exact} exact, {near} near; {size} of text",
    "findings.dropped_in": "Dropped from",
    "findings.other_sources": "others",
    "findings.repeated_spans": "Passages that stand elsewhere too",
    "findings.contamination": "Leaks of evaluation sets",
    "findings.no_contamination": "No document shares text with an evaluation set.",
    "findings.evaluation_set": "Evaluation set",
    "findings.shared": "Share text with it",
    "findings.dropped": "Dropped for it",
    "findings.max_share": "Largest share of a document",
    "findings.matches": "For example",
    "findings.personal_data": "Personal data",
    "findings.personal_data_note": (
        "Found in the documents; kinds to redact were replaced by placeholders."
    ),
    "findings.no_personal_data": "No personal data was found.",
    "findings.pd_kind": "Kind",
    "findings.pd_found": "Found",
    "findings.pd_documents": "Documents with it",
    "findings.recognisers": "How well it is found",
    "findings.recognisers_note": (
        "On planted text: precision is the share of what was found that was planted, "
        "recall the share of what was planted that was found."
    ),
    "findings.language": "Language",
    "findings.planted": "Planted",
    "findings.precision": "Precision",
    "findings.recall": "Recall",
    "findings.repairs": "Repaired before measuring",
    "findings.models": "Learned signals",
    "findings.models_note": "What each model was trained on, and where it errs.",
    "findings.terms": "Harmless sentences flagged, by the group that they name",
    "findings.term_rate": "{rate} of {count} [{low}, {high}]",
    "findings.more_terms": "The worst {shown} of {count} terms.",
}
"""English, by section; merged into :data:`taojin.reporting.texts.ENGLISH`."""
