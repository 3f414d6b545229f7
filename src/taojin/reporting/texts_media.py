"""The words of the page about generated images or recordings."""

from collections.abc import Mapping

from taojin.reporting.texts import ENGLISH, Texts
from taojin.reporting.texts_axes import AXES
from taojin.reporting.texts_behaviour import BEHAVIOUR

_NOUNS: Mapping[str, tuple[str, str]] = {
    "image": ("image", "images"),
    "audio": ("recording", "recordings"),
}

_MEDIA: Mapping[str, str] = {
    "noun.real_text": "real {one}|real {many}",
    "noun.set": "set of generated {many}|sets of generated {many}",
    "axes.title": "Generated {many} on four axes",
    "axes.lead": (
        "{{sets}}, each beside {{real}} that no model has seen. The null is what other "
        "real {many} get in the place of the generated ones: a perfect generator."
    ),
    "axes.null": "Real {many}",
    "axes.table_note": (
        "Values with 95% intervals. “Shows from” is the smallest difference from the null "
        "that these numbers of {many} show four times in five. Bold: no other set beats it."
    ),
    "axes.quality_axis": "Kernel distance to real {many}, turned: up is nearer",
    "axes.diversity_axis": "Recall: share of real {many} within reach",
    "axes.copies": "Copies of training {many}",
    "axes.no_copies": (
        "The rows of the axis Legality say how many {many} look like copies; the report "
        "names them. Without training {many} none were looked for."
    ),
    "axes.examples": "The first {many} of each set",
    "name.frontier_missing": "Real {many} missing",
    "name.frontier_invented": "{Many} like no real one",
    "name.near_duplicate_rate": "Near duplicates (features)",
    "name.repetition_share": "Near duplicates (hashes)",
    "name.training_duplicate_share": "Training copies (hashes)",
    "name.training_nearness": "Nearness to training {many}",
    "name.copied_share": "Training copies (features)",
    "name.authenticity": "Authenticity",
    "name.loud_to_quiet_decibels": "Loud over quiet frames, dB",
    "name.clipped_share": "Clipped samples",
    "name.silent_share": "Silent frames",
    "name.bandwidth_hertz": "Bandwidth, Hz",
    "name.empty_share": "Empty {many}",
    "name.rejected_share": "Unusable {many}",
}


def media_texts(modality: str) -> Texts:
    """English for a page about images or recordings.

    Args:
        modality: ``image`` or ``audio``.
    """
    one, many = _NOUNS[modality]
    words = {
        key: text.format(one=one, many=many, Many=many.capitalize())
        for key, text in _MEDIA.items()
    }
    return Texts({**ENGLISH, **AXES, **BEHAVIOUR, **words})
