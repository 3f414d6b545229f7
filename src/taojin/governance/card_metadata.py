"""The front matter of a model card, as the Hugging Face Hub reads it."""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from taojin.core.numbers import estimate_of
from taojin.governance.card_facts import (
    CardConfig,
    CardFacts,
    measurements,
    rows_of,
)

_HUB_LICENCE_NAMES = """
afl-3.0 agpl-3.0 apache-2.0 artistic-2.0 bsd-2-clause bsd-3-clause bsl-1.0
bsd-3-clause-clear cc-by-4.0 cc-by-nc-4.0 cc-by-nc-nd-4.0 cc-by-nc-sa-4.0 cc-by-nd-4.0
cc-by-sa-4.0 cc0-1.0 ecl-2.0 epl-2.0 eupl-1.1 eupl-1.2 gpl-2.0 gpl-3.0 isc lgpl-2.1
lgpl-3.0 mit mpl-2.0 ms-pl ncsa odbl ofl-1.1 osl-3.0 postgresql unlicense wtfpl zlib
"""
_HUB_LICENCES = frozenset(_HUB_LICENCE_NAMES.split())
"""SPDX identifiers that the Hub knows, as it writes them; others are ``other``."""

_HUB_METRICS = {"macro_f1": "f1", "rouge_l": "rouge"}
"""Names of metrics on the Hub, where they differ from ours."""


def write_front_matter(config: CardConfig, facts: CardFacts) -> str:
    """Write the YAML that stands above a card, without its fences."""
    metadata: dict[str, Any] = {
        **licence_metadata(config.licence),
        "language": hub_languages(
            row["language"] for row in rows_of(facts.curation, "languages")
        ),
        "library_name": config.library,
        "pipeline_tag": config.task,
        "tags": list(config.tags),
        "datasets": [str(row["source"]) for row in rows_of(facts.ingestion, "sources")],
        "metrics": _metrics(facts.evaluation),
        "model-index": _model_index(config, facts.evaluation),
    }
    present = {key: value for key, value in metadata.items() if value}
    return yaml.safe_dump(present, sort_keys=False, allow_unicode=True, width=10**6)


def licence_metadata(licence: str | None) -> dict[str, str]:
    """Name a licence as the Hub does; one that it does not know is ``other``."""
    if licence is None:
        return {"license": "unknown"}
    if licence.lower() in _HUB_LICENCES:
        return {"license": licence.lower()}
    return {"license": "other", "license_name": licence}


def hub_languages(languages: Iterable[str | None]) -> list[str]:
    """Keep the ISO 639 codes, which the Hub takes; "other" is a word of ours."""
    return [code for code in languages if code and len(code) in (2, 3)]


def _model_index(
    config: CardConfig, evaluation: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    results = [
        {
            "task": {"type": config.task},
            "dataset": {"type": "held-out", "name": dataset},
            "metrics": [
                {
                    "type": _HUB_METRICS.get(metric, metric),
                    "name": f"{metric} ({system})",
                    "value": round(estimate.value, 6),
                }
            ],
        }
        for metric, dataset, system, raw in measurements(evaluation)
        if system in ("pretrained", "finetuned") and (estimate := estimate_of(raw))
    ]
    return [{"name": config.model_name, "results": results}] if results else []


def _metrics(evaluation: Mapping[str, Any] | None) -> list[str]:
    names = [_HUB_METRICS.get(row[0], row[0]) for row in measurements(evaluation)]
    return list(dict.fromkeys(names))
