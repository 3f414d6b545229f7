"""The words of the page about generated images or recordings."""

from collections.abc import Mapping

from taojin.reporting.texts import ENGLISH, Texts
from taojin.reporting.texts_axes import AXES
from taojin.reporting.texts_behaviour import BEHAVIOUR

_NOUNS: Mapping[str, tuple[str, str]] = {
    "image": ("image", "images"),
    "audio": ("recording", "recordings"),
}

MEDIA: Mapping[str, str] = {
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
    "media.heading": "{Many} of each set",
    "media.note": (
        "Drawn by chance (seed {{seed}}) from all that were judged, before any was scored: "
        "none was picked by hand or by its score."
    ),
    "media.size": "All {many} on this page take {{size}}; the limit is {{limit}}.",
    "media.full": "It was reached, so fewer are shown.",
    "media.scale": (
        "Pictures are log-mel spectrograms: time to the right, pitch upwards. Lighter is "
        "louder, on one scale for all. All are drawn equally wide."
    ),
    "media.real": "Real {many}",
    "media.count": "{{shown}} of {{total}}",
    "media.image": "{{id}} ({{set}}), {{width}} × {{height}} pixels",
    "media.sound": "{{id}} ({{set}}), log-mel spectrogram",
    "media.cut": "first {{shown}} of {{whole}}",
    "media.no_training": (
        "It was not said what the sets’ models were trained on, so no copies were looked "
        "for."
    ),
    "media.pairs_note": (
        "Generated {many} that are far nearer to a training {one} than to any held-out "
        "one, the nearest first. The ratio is that of the two distances: 0 is a perfect "
        "copy. Bits are those of perceptual hashes: few that differ are a second sign. "
        "The rows of the axis Legality say how many real {many} look so."
    ),
    "media.no_pairs": "None is suspected.",
    "media.pair_count": "{{shown}} of {{total}} suspected in the report",
    "media.generated": "Generated",
    "media.training": "Training",
    "media.pair": "Ratio {{ratio}}; {{bits}} of 64 bits differ",
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
"""English, for a noun in ``{one}`` and ``{many}``; joined to the words of the axes."""


def media_texts(modality: str) -> Texts:
    """English for a page about images or recordings.

    Args:
        modality: ``image`` or ``audio``.
    """
    one, many = _NOUNS[modality]
    words = {
        key: text.format(one=one, many=many, Many=many.capitalize())
        for key, text in MEDIA.items()
    }
    return Texts({**ENGLISH, **AXES, **BEHAVIOUR, **words})
