"""The dataset card for people: Markdown, as the Hugging Face Hub reads it.

Sections follow Gebru et al., "Datasheets for Datasets" (2021), as far as a run can
answer its questions.
"""

from collections.abc import Mapping
from typing import Any

import yaml

from taojin.core.foreign_text import markdown_code, markdown_text
from taojin.core.numbers import format_bytes, format_count, format_share, share_of
from taojin.core.records import DOCUMENT_SCHEMA
from taojin.governance.card_facts import part_of, rows_of
from taojin.governance.card_markdown import (
    bullets,
    obligations_in_words,
    settings_table,
    table,
)
from taojin.governance.card_metadata import hub_languages, licence_metadata
from taojin.governance.dataset_card_croissant import describe_dataset
from taojin.governance.dataset_card_facts import DatasetCardConfig, DatasetCardFacts

_SIZES = ((10**3, "1K"), (10**4, "10K"), (10**5, "100K"), (10**6, "1M"), (10**7, "10M"),
          (10**8, "100M"), (10**9, "1B"), (10**10, "10B"), (10**11, "100B"), (10**12, "1T"))  # fmt: skip

Row = tuple[str, ...]


def write_markdown(config: DatasetCardConfig, facts: DatasetCardFacts) -> str:
    """Write the card as Markdown with YAML front matter.

    Args:
        config: What the publisher states.
        facts: What was counted. Not changed.

    Returns:
        The text of ``README.md``, ending in a line feed. A section whose facts are
        missing says so.
    """
    curation = facts.curation
    sections = (
        [
            f"# {markdown_text(config.name)}",
            markdown_text(describe_dataset(config, facts), 2000),
        ],
        ["## Intended use", *_use(config)],
        ["## Composition", *_composition(config, facts)],
        ["## Sources", *_sources(facts)],
        ["## Licences", *_licences(config, facts)],
        ["## Curation", *_curation(curation)],
        ["## Languages", *_languages(curation)],
        ["## Duplicates", *_duplicates(curation)],
        ["## Overlap with evaluation sets", *_contamination(curation)],
        ["## Personal data", *_personal_data(facts)],
        ["## Limits", *_limits(config)],
        [
            "## Maintenance",
            *bullets(
                filter(None, [config.maintenance]), "Not stated by the publisher."
            ),
        ],
        ["## How to make it again", *_provenance(facts)],
    )
    body = "\n\n".join(part for section in sections for part in section if part)
    return f"---\n{_front_matter(config, facts)}---\n\n{body}\n"


def _front_matter(config: DatasetCardConfig, facts: DatasetCardFacts) -> str:
    metadata: dict[str, Any] = {
        **licence_metadata(config.licence),
        "pretty_name": config.name,
        "language": hub_languages(facts.kept_languages),
        "size_categories": [_size_category(facts.num_rows)],
        "task_categories": ["text-generation"],
        "tags": list(config.tags),
        "configs": [
            {"config_name": "default", "data_files": f"{config.folder}/*.parquet"}
        ],
    }
    present = {key: value for key, value in metadata.items() if value}
    return yaml.safe_dump(present, sort_keys=False, allow_unicode=True, width=10**6)


def _size_category(num_rows: int) -> str:
    """The range of sizes that the Hub files a data set under."""
    below = "n<1K"
    for (limit, name), (_, following) in zip(
        _SIZES, [*_SIZES[1:], (0, "")], strict=True
    ):
        if num_rows < limit:
            return below
        below = f"{name}<n<{following}" if following else f"n>{name}"
    return below


def _use(config: DatasetCardConfig) -> list[str]:
    parts = bullets(config.intended_use, "Not stated by the publisher.")
    if config.out_of_scope:
        parts += ["Out of scope:", *bullets(config.out_of_scope, "")]
    return parts


def _composition(config: DatasetCardConfig, facts: DatasetCardFacts) -> list[str]:
    size = format_bytes(sum(file.num_bytes for file in facts.files))
    files = f"{len(facts.files):,} Parquet files ({size} on disk)"
    rows = [
        (
            markdown_code(field.name),
            markdown_code(str(field.type)),
            "yes" if field.nullable else "no",
        )
        for field in DOCUMENT_SCHEMA
    ]
    return [
        f"{format_count(facts.num_rows)} documents in {files} under "
        f"{markdown_code(config.folder)}. One row is one document:",
        *table(("Column", "Type", "May be missing"), rows, ""),
    ]


def _sources(facts: DatasetCardFacts) -> list[str]:
    declared = {source.name: source for source in facts.sources}
    rows: list[Row] = []
    for row in rows_of(facts.curation, "sources"):
        source = declared.get(row["source"])
        rows.append(
            (
                markdown_code(str(row["source"])),
                markdown_code(source.kind) if source else "not declared",
                markdown_text(source.licence or "each record's own") if source else "",
                markdown_text(source.licence_evidence or "none given")
                if source
                else "",
                markdown_text(source.owner or "not stated") if source else "",
                format_count(row["num_documents"]),
                f"{format_count(row['num_kept'])} ({_share(row, 'num_kept')})",
                format_bytes(row["num_bytes_kept"]),
            )
        )
    header = (
        "Source", "Kind", "Licence", "How that is known", "Owner", "Documents read",
        "Kept", "Text kept",
    )  # fmt: skip
    parts = table(header, rows, "No sources were recorded.")
    if facts.ingestion:
        read, rejected = (
            facts.ingestion[f"num_{name}"] for name in ("read", "rejected")
        )
        parts.append(
            f"{format_count(read)} records were read; {format_count(rejected)} of them "
            "could not be used."
        )
    return parts


def _licences(config: DatasetCardConfig, facts: DatasetCardFacts) -> list[str]:
    whole = (
        f"The whole is published under {markdown_code(config.licence)}."
        if config.licence
        else "The whole has no licence of its own: each document has the one that its "
        "column `licence` names."
    )
    rows = [
        (
            markdown_code(row["licence"]) if row["licence"] else "unknown",
            format_count(row["num_kept"]),
            obligations_in_words(row["licence"]),
        )
        for row in rows_of(facts.curation, "licences")
        if row["num_kept"]
    ]
    header = ("Licence", "Documents", "Obligations")
    return [whole, *table(header, rows, "No licences were recorded.")]


def _curation(curation: Mapping[str, Any] | None) -> list[str]:
    if not curation:
        return ["Not recorded."]
    total = curation["num_documents"]
    rows = [
        (
            markdown_code(str(rule["rule"])),
            format_count(rule["num_dropped"]),
            format_share(share_of(rule["num_dropped"], total)),
            format_bytes(rule["num_bytes_dropped"]),
        )
        for rule in rows_of(curation, "rules")
    ]
    came = (
        f"{format_count(total)} documents came in; {format_count(curation['num_kept'])} "
        f"({_share(curation, 'num_kept')}) stayed. Rules apply in this order, and a "
        "document is counted at the first rule that it fails."
    )
    header = ("Rule", "Documents dropped", "Share", "Text dropped")
    parts = [came, *table(header, rows, "No rules were applied.")]
    repairs = [
        (
            markdown_code(str(row["source"])),
            markdown_code(str(row["repair"])),
            format_count(row["number"]),
        )
        for row in rows_of(curation, "repairs")
        if row["number"]
    ]
    if repairs:
        parts += [
            "Repaired before measuring:",
            *table(("Source", "Repair", "Number"), repairs, ""),
        ]
    return parts


def _languages(curation: Mapping[str, Any] | None) -> list[str]:
    rows = [
        (
            markdown_code(row["language"] or "unknown"),
            format_count(row["num_documents"]),
            format_count(row.get("num_kept")),
        )
        for row in rows_of(curation, "languages")
    ]
    return table(("Measured as", "Documents read", "Kept"), rows, "Not measured.")


def _duplicates(curation: Mapping[str, Any] | None) -> list[str]:
    found = part_of(curation, "duplicates")
    if not found:
        return ["Not looked for."]
    counts = (
        f"{format_count(found['num_exact'])} documents that were read are exact copies "
        f"of another and {format_count(found['num_near'])} near copies, in "
        f"{format_count(found['num_clusters'])} clusters; of each cluster one stayed."
    )
    rows = [
        (
            markdown_code(str(flow["copied_in"])),
            markdown_code(str(flow["kept_in"])),
            str(flow["kind"]),
            format_count(flow["num_documents"]),
        )
        for flow in rows_of(found, "flows")
    ]
    parts = [counts]
    if rows:
        parts += table(("Dropped from", "Stays in", "Kind", "Documents"), rows, "")
    spans = part_of(curation, "repeated_spans")
    if spans:
        parts += ["Passages that stand elsewhere too:", *settings_table(spans)]
    return parts


def _contamination(curation: Mapping[str, Any] | None) -> list[str]:
    rows = [
        (
            markdown_code(str(row["evaluation_set"])),
            format_count(row["num_documents"]),
            format_count(row["num_dropped"]),
        )
        for row in rows_of(curation, "contamination")
    ]
    header = ("Evaluation set", "Documents that share text with it", "Dropped for it")
    return table(header, rows, "None was found, or none was looked for.")


def _personal_data(facts: DatasetCardFacts) -> list[str]:
    rows = [
        (
            markdown_text(str(row["kind"])),
            format_count(row["num_found"]),
            format_count(row["num_documents"]),
            format_count(facts.num_redacted.get(row["kind"], 0)),
        )
        for row in rows_of(facts.curation, "personal_data")
    ]
    header = (
        "Kind", "Found in what was read", "Documents with it",
        "Placeholders in what stayed",
    )  # fmt: skip
    parts = table(header, rows, "Not looked for.")
    measured = [
        (
            markdown_text(str(row.get("kind"))),
            markdown_text(str(row.get("language"))),
            format_count(row.get("num_planted")),
            format_share(row.get("precision")),
            format_share(row.get("recall")),
        )
        for row in rows_of(facts.curation, "recognisers")
    ]
    if measured:
        header = ("Kind", "Language", "Planted", "Precision", "Recall")
        parts += [
            "How well it is found, on planted text:",
            *table(header, measured, ""),
        ]
    return parts


def _limits(config: DatasetCardConfig) -> list[str]:
    unknown = "Biases of the sources were not measured."
    return [*bullets(config.limits, "None stated by the publisher."), unknown]


def _provenance(facts: DatasetCardFacts) -> list[str]:
    command = "```shell\nkedro run --pipelines=ingestion,curation\n```"
    return [
        "With the sources as declared, and code and packages at these versions:",
        command,
        *settings_table(facts.provenance),
    ]


def _share(row: Mapping[str, Any], part: str) -> str:
    return format_share(share_of(row[part], row["num_documents"]))
