"""The report of curation, put together from one survey of its tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from taojin.core.shards import Shards
from taojin.curation.config import CurationConfig
from taojin.curation.distributions import measure_distributions
from taojin.curation.judging import Verdict
from taojin.curation.report.examples import describe_examples
from taojin.curation.report.explorer import tabulate_explorer
from taojin.curation.report.flows import report_contamination, report_duplicates
from taojin.curation.report.groups import (
    count_licences,
    count_personal_data,
    count_rules,
    count_sources,
    count_totals,
    count_values,
)
from taojin.curation.report.survey import survey

Json = dict[str, Any]

_NO_CONTAMINATION = pd.DataFrame(
    columns=["document_id", "evaluation_set", "num_ngrams", "share", "example"]
)


def report_curation(  # noqa: PLR0913 - each is an artifact of its own
    documents: Shards,
    signals: Shards,
    decisions: Shards,
    clusters: pd.DataFrame,
    config: CurationConfig,
    verdicts: Mapping[str | None, Verdict],
    *,
    contamination: pd.DataFrame = _NO_CONTAMINATION,
    repeated_spans: Mapping[str, Any] | None = None,
    repairs: Mapping[str, Mapping[str, int]] | None = None,
    recognisers: Sequence[Mapping[str, Any]] = (),
    models: Sequence[Mapping[str, Any]] = (),
) -> Json:
    """Count what stayed and what went, with examples.

    Args:
        documents: All documents, as they were measured; titles and texts are read of
            examples only.
        signals: Their measurements, in the same parts and order.
        decisions: Their decisions, in the same parts and order.
        clusters: Copies.
        config: ``rules`` and ``duplicates`` are read: those that were applied.
        verdicts: For each licence.
        contamination: Documents that share text with an evaluation set, one row for
            each document and set.
        repeated_spans: Counts of text that was removed because it stands elsewhere.
        repairs: For each source, how many documents (or lines) were repaired of what.
        recognisers: How well each kind of personal data is found, on planted text.
        models: Notes on the learned models that signals come from.

    Returns:
        A JSON-able report; the documents of all rules and those kept add up to all.
        Texts of examples are redacted whatever the configuration says.

    Raises:
        CountMismatchError: If the tables are not about the same documents.
    """
    found = survey(documents, signals, decisions, clusters, contamination, config)
    names = config.rules.names()
    examples = describe_examples(found.dropped, documents)
    rules = count_rules(found.cells, names)
    return {
        **count_totals(found.cells),
        "rules": [
            rule | {"examples": examples.get(rule["rule"], [])} for rule in rules
        ],
        "sources": count_sources(found.cells, found.personal_data, names),
        "licences": count_licences(found.cells, verdicts),
        "languages": count_values(found.cells, "language"),
        "duplicates": report_duplicates(clusters, found.copies, documents),
        "repeated_spans": dict(repeated_spans or {}),
        "contamination": report_contamination(contamination, found.leaks),
        "personal_data": count_personal_data(found.personal_data),
        "recognisers": [dict(row) for row in recognisers],
        "repairs": _list_repairs(repairs or {}),
        "models": [dict(note) for note in models],
        "distributions": measure_distributions(
            signals, decisions, config.rules.thresholds, found.sample
        ),
        "explorer": tabulate_explorer(
            found.sample, signals, clusters, config, verdicts, contamination
        ),
    }


def _list_repairs(repairs: Mapping[str, Mapping[str, int]]) -> list[Json]:
    return [
        {"source": source, "repair": repair, "number": int(number)}
        for source in sorted(repairs)
        for repair, number in repairs[source].items()
    ]
