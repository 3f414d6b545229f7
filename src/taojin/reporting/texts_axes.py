"""The words of the page about the four axes."""

from collections.abc import Mapping

AXES: Mapping[str, str] = {
    "noun.real_text": "real text|real texts",
    "noun.set": "set of generated texts|sets of generated texts",
    "axes.title": "Generated texts on four axes",
    "axes.lead": (
        "{sets}, each beside {real} that no model has seen, cut to the same lengths. "
        "The null is what other real texts get in the place of the generated ones: a "
        "perfect generator."
    ),
    "axes.radar": "Share of comparisons won, undecided ones half",
    "axes.radar_note": (
        "A set wins a metric where the difference stays after correction for all "
        "comparisons ({correction}). Half-way out is undecided."
    ),
    "axes.alone": "One set alone: there is nothing to compare it with.",
    "axes.diversity": "Diversity",
    "axes.realism": "Realism",
    "axes.legality": "Legality",
    "axes.usability": "Usability",
    "axes.metric": "Metric",
    "axes.wanted": "Wanted",
    "axes.null": "Real texts",
    "axes.detectable": "Shows from",
    "axes.table_note": (
        "Values with 95% intervals. “Shows from” is the smallest difference from the null "
        "that these numbers of texts show four times in five. Bold: no other set beats it."
    ),
    "axes.higher": "higher",
    "axes.lower": "lower",
    "axes.like_real": "like real",
    "axes.curve": "Quality against diversity, by temperature",
    "axes.curve_note": "Up and to the right is better; numbers are temperatures.",
    "axes.quality_axis": "Kernel distance to real texts, turned: up is nearer",
    "axes.diversity_axis": "Recall: share of real texts within reach",
    "axes.copies": "Whose texts are repeated",
    "axes.no_copies": "No set repeats a run of the training text that is long enough.",
    "axes.memory": "What the model remembers",
    "axes.memory_note": (
        "Can training documents be told from held-out ones by what the model says of them? "
        "0.5 is no. “Text alone” sees only the texts: if it differs from 0.5, the split was "
        "not by chance, and the other rows mean less."
    ),
    "axes.warnings": "Not measured, and why",
    "axes.examples": "The first texts of each set",
    "axes.extractor": "Features by {extractor}; scores of other extractors do not compare.",
    "axes.not_compared": "Measured in some sets only, so not compared: {names}.",
    "axes.source": "Source",
    "axes.licence": "Licence",
    "axes.share": "Share of texts",
    "axes.kind": "Copies",
    "axes.set": "Set",
    "name.kernel_distance": "Kernel distance (KID)",
    "name.frechet_distance": "Fréchet distance (FID)",
    "name.frechet_excess": "Fréchet distance above null",
    "name.frontier_area": "Divergence frontier, area (MAUVE)",
    "name.frontier_integral": "Divergence frontier, integral",
    "name.frontier_missing": "Real text that is missing",
    "name.frontier_invented": "Text that real authors do not write",
    "name.two_sample_auc": "Classifier two-sample test, AUC",
    "name.vendi_score": "Vendi score",
    "name.membership_auc_likelihood": "Membership by likelihood, AUC",
    "name.membership_auc_zlib_ratio": "Membership by likelihood over zlib, AUC",
    "name.membership_auc_min_k_plus_plus": "Membership by Min-K%++, AUC",
    "name.membership_auc_text_alone": "Membership by text alone, AUC",
    "name.membership_tpr_likelihood": "Members found at the allowed false alarms, likelihood",
    "name.membership_tpr_zlib_ratio": "Members found at the allowed false alarms, zlib",
    "name.membership_tpr_min_k_plus_plus": "Members found at the allowed false alarms, Min-K%++",
    "name.membership_tpr_text_alone": "Members found at the allowed false alarms, text alone",
    "name.canary_exposure": "Exposure of planted canaries, bits",
    "name.mark_validity": "Texts that carry the required label",
    "name.extraction_rate": "Training text written after its first 50 tokens",
}
"""English; joined to the words of the run's report."""
