"""The dataset card for machines: Croissant 1.0 with its vocabulary of responsible AI.

Specification: https://docs.mlcommons.org/croissant/docs/croissant-spec.html and
croissant-rai-spec.html beside it.
"""

from collections.abc import Iterator
from typing import Any

from taojin.core.numbers import format_bytes, format_count, format_share
from taojin.core.records import DOCUMENT_SCHEMA
from taojin.governance.card_facts import rows_of
from taojin.governance.dataset_card_facts import DatasetCardConfig, DatasetCardFacts

Json = dict[str, Any]

_UNKNOWN = "Unknown: not measured, and not stated by the publisher."
_PARQUET = "application/x-parquet"

_CONTEXT: Json = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{
        name: f"cr:{name}"
        for name in (
            "citeAs", "column", "equivalentProperty", "extract", "field",
            "fileProperty", "fileObject", "fileSet", "format", "includes",
            "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path",
            "recordSet", "references", "regex", "repeated", "replace",
            "samplingRate", "separator", "source", "subField", "transform",
        )
    },
    "conformsTo": "dct:conformsTo",
}  # fmt: skip

_FIELDS = {
    "document_id": "Hash of source, place and text: 32 hexadecimal characters.",
    "text": "The document, with personal data replaced by typed placeholders.",
    "source": "Name of the declared source that it came from.",
    "uri": "Where in the source: file, and position in the file.",
    "title": "Title, if the source gives one.",
    "licence_declared": "Licence as the source states it, word for word.",
    "licence": "Concluded licence, as an SPDX expression.",
    "language": "BCP 47 tag, if the source states one.",
    "created_at": "When it was made, if the source states it; UTC.",
    "metadata": "What else the source said, as a JSON object.",
}


def write_croissant(config: DatasetCardConfig, facts: DatasetCardFacts) -> Json:
    """Describe the data set as Croissant JSON-LD.

    Args:
        config: What the publisher states.
        facts: What was counted. Not changed.

    Returns:
        A ``Dataset`` with a ``FileObject`` a file, one ``FileSet`` over them, and one
        ``RecordSet`` of documents; paths are relative to the folder of the card. What
        is unknown is said to be, not left out.
    """
    stated: Json = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": [
            "http://mlcommons.org/croissant/1.0",
            "http://mlcommons.org/croissant/RAI/1.0",
        ],
        "name": config.name,
        "description": describe_dataset(config, facts),
        "version": config.version,
        "license": _licences(config, facts),
        "creator": [
            {"@type": "Organization", "name": name} for name in config.creators
        ],
        "url": config.url,
        "datePublished": config.date_published,
        "citeAs": config.citation,
        "inLanguage": facts.kept_languages,
        "keywords": list(config.tags),
        "isLiveDataset": False,
        **_responsible(config, facts),
        "distribution": _distribution(config, facts),
        "recordSet": [_record_set()],
    }
    known = (False, 0)
    return {key: value for key, value in stated.items() if value or value in known}


def describe_dataset(config: DatasetCardConfig, facts: DatasetCardFacts) -> str:
    """Say in a few sentences what the data set is."""
    size = (facts.curation or {}).get("num_bytes_kept")
    total = (facts.curation or {}).get("num_documents")
    sentences = [config.description] if config.description else []
    sentences.append(
        f"{format_count(facts.num_rows)} text documents ({format_bytes(size)} of text) "
        f"from {len(facts.kept_sources)} sources, kept from {format_count(total)} by "
        "recorded rules. Each document carries its source and its licence."
    )
    return " ".join(sentences)


def _licences(config: DatasetCardConfig, facts: DatasetCardFacts) -> list[str]:
    names = [config.licence] if config.licence else facts.kept_licences
    return [_licence_url(name) for name in names]


def _licence_url(expression: str) -> str:
    """The page of an SPDX identifier; an expression stays as it is."""
    if " " in expression or "(" in expression:
        return expression
    return f"https://spdx.org/licenses/{expression}.html"


def _distribution(config: DatasetCardConfig, facts: DatasetCardFacts) -> list[Json]:
    files: list[Json] = [
        {
            "@type": "cr:FileObject",
            "@id": f"{config.folder}/{file.name}",
            "name": file.name,
            "description": f"{format_count(file.num_rows)} documents.",
            "contentUrl": f"{config.folder}/{file.name}",
            "contentSize": f"{file.num_bytes} B",
            "encodingFormat": _PARQUET,
            "sha256": file.sha256,
        }
        for file in facts.files
    ]
    every_file: Json = {
        "@type": "cr:FileSet",
        "@id": "documents-files",
        "name": "documents-files",
        "description": "All files of the data set.",
        "encodingFormat": _PARQUET,
        "includes": f"{config.folder}/*.parquet",
    }
    return [*files, every_file]


def _record_set() -> Json:
    return {
        "@type": "cr:RecordSet",
        "@id": "documents",
        "name": "documents",
        "description": "One record a document.",
        "key": {"@id": "documents/document_id"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"documents/{name}",
                "name": name,
                "description": _FIELDS[name],
                "dataType": "sc:DateTime" if name == "created_at" else "sc:Text",
                "source": {
                    "fileSet": {"@id": "documents-files"},
                    "extract": {"column": name},
                },
            }
            for name in DOCUMENT_SCHEMA.names
        ],
    }


def _responsible(config: DatasetCardConfig, facts: DatasetCardFacts) -> Json:
    kinds = ", ".join(
        f"{name} ({count:,})" for name, count in facts.num_redacted.items()
    )
    personal = (
        f"Replaced by typed placeholders: {kinds}. What recognisers miss is still there."
        if kinds
        else "No placeholder was put in; what recognisers miss is still there."
    )
    return {
        "rai:dataCollection": _collection(facts),
        "rai:dataPreprocessingProtocol": list(_preprocessing(facts)),
        "rai:personalSensitiveInformation": [personal],
        "rai:dataBiases": [_UNKNOWN],
        "rai:dataSocialImpact": _UNKNOWN,
        "rai:dataLimitations": list(config.limits) or [_UNKNOWN],
        "rai:dataUseCases": [
            *config.intended_use,
            *(f"Out of scope: {use}" for use in config.out_of_scope),
        ]
        or [_UNKNOWN],
        "rai:dataReleaseMaintenancePlan": config.maintenance or _UNKNOWN,
    }


def _collection(facts: DatasetCardFacts) -> str:
    named = [
        f"{source.name} ({source.kind})"
        for source in facts.sources
        if not facts.curation
        or source.name in {r["source"] for r in facts.kept_sources}
    ]
    if not named:
        return "Not recorded."
    return f"Read from declared sources: {', '.join(named)}."


def _preprocessing(facts: DatasetCardFacts) -> Iterator[str]:
    total = (facts.curation or {}).get("num_documents") or 0
    for rule in rows_of(facts.curation, "rules"):
        count = rule["num_dropped"]
        if count:
            share = format_share(count / total if total else None)
            yield f"Rule {rule['rule']} dropped {format_count(count)} documents ({share})."
    if not total:
        yield "Not recorded."
