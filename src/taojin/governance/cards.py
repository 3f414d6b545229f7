"""The model card: what a released model is made of, measured at, and bound by.

Front matter follows the model card metadata of the Hugging Face Hub; sections
follow Mitchell et al., "Model Cards for Model Reporting" (2019). A card states
what its inputs state and nothing else.
"""

from collections.abc import Mapping
from typing import Any

from taojin.core.foreign_text import markdown_code, markdown_text
from taojin.core.numbers import (
    estimate_of,
    format_bytes,
    format_count,
    format_estimate,
)
from taojin.governance.card_facts import (
    CardConfig,
    CardFacts,
    measurements,
    part_of,
    rows_of,
)
from taojin.governance.card_markdown import (
    bullets,
    obligations_in_words,
    settings_table,
    table,
)
from taojin.governance.card_metadata import write_front_matter

__all__ = ["CardConfig", "CardFacts", "write_model_card"]


def write_model_card(config: CardConfig, facts: CardFacts) -> str:
    """Write the card of a model as Markdown with YAML front matter.

    Args:
        config: What the publisher states.
        facts: What was measured. Not changed.

    Returns:
        The text of ``README.md``, ending in a line feed. A section whose facts
        are missing says so.
    """
    sections = (
        [f"# {markdown_text(config.model_name)}", _verdict(facts.decision)],
        ["## Intended use", *_use(config)],
        ["## Data", *_data(facts)],
        ["## Personal data", *_personal_data(facts)],
        ["## Training", *settings_table(facts.training)],
        ["## Evaluation", *_evaluation(facts.evaluation)],
        ["## Limits", *bullets(config.limits, "None stated by the publisher.")],
        ["## Release decision", *_decision(facts.decision)],
        ["## Provenance", *settings_table(facts.provenance)],
    )
    body = "\n\n".join(part for section in sections for part in section if part)
    return f"---\n{write_front_matter(config, facts)}---\n\n{body}\n"


def _verdict(decision: Mapping[str, Any] | None) -> str:
    if not decision:
        return "No release decision was recorded for this model."
    total = decision["num_passed"] + decision["num_failed"]
    word = "Released" if decision["released"] else "Held back"
    return f"**{word}**: {decision['num_passed']} of {total} gate rules passed."


def _use(config: CardConfig) -> list[str]:
    parts = bullets(config.intended_use, "Not stated by the publisher.")
    if config.out_of_scope:
        parts += ["Out of scope:", *bullets(config.out_of_scope, "")]
    if config.contact:
        parts.append(f"Contact: {markdown_text(config.contact)}")
    return parts


def _data(facts: CardFacts) -> list[str]:
    parts = []
    kept = {row["source"]: row for row in rows_of(facts.curation, "sources")}
    sources = [
        (
            markdown_code(str(row["source"])),
            markdown_code(str(row.get("kind") or "")),
            format_count(row.get("num_documents")),
            format_count(kept.get(row["source"], {}).get("num_kept")),
            format_bytes(kept.get(row["source"], {}).get("num_bytes_kept")),
        )
        for row in rows_of(facts.ingestion, "sources")
    ]
    header = ("Source", "Kind", "Documents read", "Kept", "Text kept")
    parts += table(header, sources, "No sources were recorded.")
    licences = [
        (
            markdown_code(row["licence"]) if row["licence"] else "unknown",
            "yes" if row.get("allowed") else "no",
            format_count(row.get("num_kept")),
            obligations_in_words(row["licence"]),
        )
        for row in rows_of(facts.curation, "licences")
    ]
    header = ("Licence", "Allowed", "Documents kept", "Obligations")
    return parts + table(header, licences, "No licences were recorded.")


def _personal_data(facts: CardFacts) -> list[str]:
    rows = [
        (
            markdown_text(str(row["kind"])),
            format_count(row.get("num_found")),
            format_count(row.get("num_documents")),
        )
        for row in rows_of(facts.curation, "personal_data")
    ]
    header = ("Kind", "Found in the documents", "Documents with it")
    parts = table(header, rows, "No personal data was found, or none was looked for.")
    legality = part_of(facts.evaluation, "samples", "legality")
    rate = estimate_of(legality.get("personal_data_rate"))
    if rate is not None:
        parts.append(f"Share of samples with personal data: {format_estimate(rate)}.")
    return parts


def _evaluation(evaluation: Mapping[str, Any] | None) -> list[str]:
    rows = [
        (
            markdown_text(dataset),
            markdown_code(metric),
            markdown_code(system),
            format_estimate(raw),
            format_count(estimate.num_samples if (estimate := estimate_of(raw)) else 0),
        )
        for metric, dataset, system, raw in measurements(evaluation)
    ]
    header = ("Measured on", "Metric", "System", "Value [interval]", "Samples")
    parts = table(header, rows, "Nothing was measured.")
    legality = part_of(evaluation, "samples", "legality")
    copied = estimate_of(legality.get("verbatim_copy_rate"))
    if copied is not None:
        longest = format_count(legality.get("longest_copy_tokens"))
        parts.append(
            f"Share of samples that copy the training text: {format_estimate(copied)}; "
            f"longest copy: {longest} tokens."
        )
    return parts


def _decision(decision: Mapping[str, Any] | None) -> list[str]:
    rows = [
        (
            markdown_code(str(rule["name"])),
            "passed" if rule["passed"] else "**failed**",
            markdown_text(str(rule["reason"])),
        )
        for rule in rows_of(decision, "rules")
    ]
    return table(("Rule", "Verdict", "Reason"), rows, "No decision was recorded.")
