"""A sample of the documents from which a page can decide anew, without a server.

A document stays if it passes every rule, and a copy stays if no better member of
its cluster does. So the page needs, of each sampled document, where it lies among
the positions of each threshold, the first fixed rule that it fails, and the better
members of its cluster, sampled or not.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.shards import Shards
from taojin.curation.config import (
    FIRST_RULES,
    CurationConfig,
    RulesConfig,
    ThresholdRule,
)
from taojin.curation.judging import FIXED_COLUMNS, Ledger, Verdict, judge
from taojin.curation.members import Members
from taojin.curation.report.rivals import NUM_RIVALS, find_rivals
from taojin.curation.report.sampling import Frame
from taojin.curation.report.sliders import place, slider_positions

NOT_FIXED = 255
"""Stands for the fixed rule of a document that fails none."""
_MAX_BYTES = 2**32 - 1

Json = dict[str, Any]


def tabulate_explorer(
    sample: Frame,
    signals: Shards,
    clusters: Frame,
    config: CurationConfig,
    verdicts: Mapping[str | None, Verdict],
    contamination: Frame,
) -> Json:
    """Tabulate a sample for the threshold explorer.

    Args:
        sample: Sampled documents with their signals, see
            :class:`taojin.curation.report.survey.Survey`.
        signals: All documents, to find the rivals of sampled copies.
        clusters: Copies.
        config: ``rules`` and ``duplicates.keep_highest`` are read.
        verdicts: For each licence.
        contamination: Documents that share text with an evaluation set.

    Returns:
        * ``rules``: in the order of their application, with ``kind`` (``fixed``,
          ``threshold`` or ``last``); a threshold has ``signal``, ``at_least``,
          ``at_most``, ``languages``, ``sources`` and ``positions``;
        * ``num_sampled``: the first so many rows are the sample, the others rivals,
          of which ``num_rivals`` a cluster are looked at;
        * ``sources``: names, and columns of all rows as Base64 of little-endian
          numbers: ``source`` (16 bits), ``num_bytes`` (32 bits), ``fixed`` (8 bits:
          the first of the fixed rules that the document fails, or 255), ``places``
          (8 bits, all rows of a threshold after each other; see
          :func:`taojin.curation.report.sliders.place`), ``last`` (8 bits: the last
          rule that drops it now, counted among the last rules, or 255);
        * ``clusters``: of rows that are copies, the best first, with the number of
          exact twins (``twins``) and whether better ones are not in the table
          (``beyond``).

        Empty if nothing was sampled.
    """
    if not len(sample):
        return {}
    rules = config.rules
    known = Members(contamination.assign(detail=""))
    rivals = find_rivals(sample, signals, clusters, config, verdicts, known)
    rows = pd.concat([sample, rivals.unsampled], ignore_index=True)
    positions = [
        slider_positions(rule, sample[rule.signal].to_numpy(np.float64))
        for rule in rules.thresholds
    ]
    places = [
        place(rows[rule.signal].to_numpy(np.float64), points, is_judged(rows, rule))
        for rule, points in zip(rules.thresholds, positions, strict=True)
    ]
    sources, codes = np.unique(rows["source"].to_numpy(object), return_inverse=True)
    return {
        "num_sampled": len(sample),
        "num_rivals": NUM_RIVALS,
        "rules": _describe_rules(rules, positions),
        "sources": sources.tolist(),
        "source": _encode(codes, "<u2"),
        "num_bytes": _encode(rows["num_bytes"].clip(upper=_MAX_BYTES), "<u4"),
        "fixed": _encode(first_fixed(rows, rules, verdicts, known), "u1"),
        "places": _encode(np.concatenate([*places, np.zeros(0)]), "u1"),
        "last": _encode(_last_rules(rows, rules), "u1"),
        "clusters": rivals.clusters,
    }


def is_judged(rows: Frame, rule: ThresholdRule) -> NDArray[np.bool_]:
    """Mark the documents that a rule judges, by language and source."""
    judged = np.ones(len(rows), dtype=bool)
    for column, wanted in (("language", rule.languages), ("source", rule.sources)):
        if wanted is not None:
            judged &= rows[column].isin(wanted).to_numpy(bool)
    return judged


def first_fixed(
    rows: Frame,
    rules: RulesConfig,
    verdicts: Mapping[str | None, Verdict],
    contamination: Members,
) -> NDArray[np.uint8]:
    """Number the first fixed rule that each document fails; 255 if it fails none."""
    columns = list(FIXED_COLUMNS)
    table = pa.Table.from_pandas(rows[columns], preserve_index=False)
    # A column of nothing but nulls has no type of its own.
    position = columns.index("licence")
    licences = pa.chunked_array(
        [pa.array(rows["licence"], pa.string(), from_pandas=True)]
    )
    ledger = Ledger(table.set_column(position, "licence", licences), explains=False)
    fixed = rules.model_copy(update={"thresholds": ()})
    judge(ledger, fixed, verdicts, contamination)
    failed = np.full(len(rows), NOT_FIXED, dtype=np.uint8)
    codes = {name: code for code, name in enumerate(FIRST_RULES)}
    failed[~ledger.kept] = [codes[name] for name in ledger.rules_of_dropped()]
    return failed


def _describe_rules(rules: RulesConfig, positions: Sequence[list[float]]) -> list[Json]:
    thresholds = [
        {
            "rule": rule.name,
            "kind": "threshold",
            "signal": rule.signal,
            "at_least": rule.at_least,
            "at_most": rule.at_most,
            "languages": rule.languages and list(rule.languages),
            "sources": rule.sources and list(rule.sources),
            "positions": points,
        }
        for rule, points in zip(rules.thresholds, positions, strict=True)
    ]
    last = rules.names()[len(FIRST_RULES) + len(thresholds) :]
    return [
        *({"rule": name, "kind": "fixed"} for name in FIRST_RULES),
        *thresholds,
        *({"rule": name, "kind": "last"} for name in last),
    ]


def _last_rules(rows: Frame, rules: RulesConfig) -> NDArray[np.uint8]:
    """Number the rule after copies that drops a document now; rivals have none."""
    last = rules.names()[len(FIRST_RULES) + len(rules.thresholds) :]
    codes = {name: code for code, name in enumerate(last) if code >= _NUM_COPY_RULES}
    dropped_by = rows["rule"].map(codes) if "rule" in rows else pd.Series(dtype=float)
    return dropped_by.fillna(NOT_FIXED).to_numpy(dtype=np.uint8)


_NUM_COPY_RULES = 2
"""Of the last rules the first two are about copies: exact, then near."""


def _encode(values: Any, dtype: str) -> str:
    return base64.b64encode(np.asarray(values).astype(dtype).tobytes()).decode("ascii")
