"""The words of the section about labels; the rest stand in ``texts.py``."""

from collections.abc import Mapping

LABEL_EFFICIENCY: Mapping[str, str] = {
    "noun.label": "label|labels",
    "label_efficiency.heading": "What labels are worth",
    "label_efficiency.lead": (
        "The labels of the task “{task}” were hidden and given back few at a time. "
        "{count} at random take the student, a linear classifier on vectors that were "
        "learnt without labels, to {accuracy} of the test examples right; all {total} "
        "take it to {best}."
    ),
    "label_efficiency.chart": "Accuracy on test by number of labels, doubling",
    "label_efficiency.note": (
        "{tests}, {classes} classes. Whiskers are {confidence}% intervals over draws "
        "of the labels and test examples together; all systems start from the same "
        "labels. Self-training and choosing labels use up to {calibration} more from "
        "the validation split, to calibrate, which the axis does not count."
    ),
    "label_efficiency.saved": (
        "{name}. With {count} it does as well as the student with about {equal} drawn "
        "at random."
    ),
    "label_efficiency.not_saved": (
        "{name}. With {count} the interval of its difference from random labels "
        "includes zero; that it helps is not shown."
    ),
    "label_efficiency.worse": (
        "{name}. With {count} it does worse than the student with random labels."
    ),
    "label_efficiency.table": "Every number",
    "label_efficiency.system": "System",
    "label_efficiency.labels": "Labels",
    "label_efficiency.draws": "Draws",
    "label_efficiency.accuracy": "Accuracy",
    "label_efficiency.difference": "Difference",
    "label_efficiency.against": "from",
    "label_efficiency.self_training": "Are pseudo-labels as right as they are sure?",
    "label_efficiency.self_training_note": (
        "Means over the draws. Calibration error is how far confidence is from "
        "accuracy, before and after the temperature; confidence and accuracy of the "
        "pseudo-labels should be the same."
    ),
    "label_efficiency.pseudo_labels": "Pseudo-labels",
    "label_efficiency.confidence": "Confidence",
    "label_efficiency.right": "Right",
    "label_efficiency.temperature": "Temperature",
    "label_efficiency.error_raw": "Error before",
    "label_efficiency.error": "Error after",
    "name.supervised": "Student, random labels",
    "name.self_trained": "Student, self-trained",
    "name.margin": "Chosen: closest calls",
    "name.least_confidence": "Chosen: least confident",
    "name.entropy": "Chosen: highest entropy",
    "name.k_centre": "Chosen: most different",
    "name.badge": "Chosen: BADGE",
    "name.margin_k_centre": "Chosen: different close calls",
    "name.finetuned_self_trained": "Finetuned, pseudo-labels",
}
"""English; merged into that of the page."""
