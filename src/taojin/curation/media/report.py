"""What the curation of images or recordings did, as plain values."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from taojin.core.shards import Shards
from taojin.curation.config import (
    EXACT_DUPLICATE_RULE,
    LICENCE_RULE,
    NEAR_DUPLICATE_RULE,
)
from taojin.curation.judging import Verdict
from taojin.curation.media.config import MediaRules

_QUANTILES = (0.0, 0.05, 0.5, 0.95, 1.0)
_MAX_EXAMPLES = 5


def report_media_curation(
    records: Shards,
    signals: Shards,
    decisions: Shards,
    clusters: pd.DataFrame,
    rules: MediaRules,
    verdicts: Mapping[str | None, Verdict],
    id_column: str,
) -> dict[str, Any]:
    """Count what stays and what goes, by rule, source, licence and label.

    Returns:
        A JSON object; its counts add up to the records.
    """
    decided = decisions.read().to_pandas()
    known = records.read([id_column, "uri", "label", "licence"]).to_pandas()
    decided[["uri", "label", "licence"]] = known[["uri", "label", "licence"]]
    measured = list(type(rules).model_fields)
    values = signals.read(measured).to_pandas()
    kept = decided["kept"].to_numpy(dtype=bool)
    names = (
        LICENCE_RULE,
        *(name for name, _ in rules.bounds()),
        EXACT_DUPLICATE_RULE,
        NEAR_DUPLICATE_RULE,
    )
    return {
        "num_items": len(decided),
        "num_kept": int(kept.sum()),
        "num_dropped": int((~kept).sum()),
        "num_clusters": len(set(clusters["cluster_id"])),
        "rules": [_of_rule(name, decided, rules) for name in names],
        "sources": _counted(decided, "source"),
        "labels": _counted(decided, "label"),
        "licences": [
            {
                **entry,
                "is_allowed": bool(verdict and verdict.allowed),
                "why": verdict.reason if verdict else "nobody judged it",
            }
            for entry in _counted(decided, "licence")
            for verdict in [verdicts.get(entry["licence"])]
        ],
        "signals": {
            name: [float(v) for v in np.quantile(values[name], _QUANTILES)]
            for name in measured
            if len(values)
        },
        "quantiles": list(_QUANTILES),
    }


def _of_rule(name: str, decided: pd.DataFrame, rules: MediaRules) -> dict[str, Any]:
    rows = decided[decided["rule"] == name]
    bounds = getattr(rules, name, None)
    return {
        "rule": name,
        "at_least": bounds.at_least if bounds else None,
        "at_most": bounds.at_most if bounds else None,
        "num_dropped": len(rows),
        "examples": [
            {"uri": uri, "detail": detail}
            for uri, detail in zip(
                rows["uri"][:_MAX_EXAMPLES], rows["detail"][:_MAX_EXAMPLES], strict=True
            )
        ],
    }


def _counted(decided: pd.DataFrame, column: str) -> list[dict[str, Any]]:
    groups = decided.groupby(column, dropna=False)["kept"].agg(["size", "sum"])
    return [
        {
            column: None if pd.isna(value) else value,
            "num_items": int(size),
            "num_kept": int(number),
        }
        for value, size, number in groups.itertuples()
    ]
