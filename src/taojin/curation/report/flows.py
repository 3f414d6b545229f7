"""Where copies came from, and what is in evaluation sets."""

from typing import Any

from taojin.core.foreign_text import shorten
from taojin.core.shards import Shards
from taojin.curation.config import (
    CONTAMINATION_RULE,
    EXACT_DUPLICATE_RULE,
    NEAR_DUPLICATE_RULE,
)
from taojin.curation.personal_data import redact
from taojin.curation.report.examples import NUM_EXAMPLES, read_rows
from taojin.curation.report.sampling import Frame

NUM_LARGEST_CLUSTERS = 5
_NUM_TITLES_READ = 12
_MAX_EXAMPLE_CHARS = 100

Json = dict[str, Any]


def report_duplicates(clusters: Frame, fates: Frame, documents: Shards) -> Json:
    """Count copies, name the largest clusters, and tell which source copies which.

    Args:
        clusters: Copies.
        fates: What became of each: row number, source, rule, bytes.
        documents: All documents; titles are read of the largest clusters.

    Returns:
        ``num_exact``, ``num_near``, ``num_clusters``, ``largest``, and ``flows``:
        dropped copies by the source that they came from (``copied_in``) and the
        source of what stays in their place (``kept_in``), the most first.
    """
    members = clusters.drop_duplicates("document_id")
    sizes = members.groupby("cluster_id").size()
    ordered = sizes.sort_index().sort_values(ascending=False, kind="stable")
    return {
        "num_exact": int((members["kind"] == "exact").sum()),
        "num_near": int((members["kind"] == "near").sum()),
        "num_clusters": len(sizes),
        "largest": _describe_clusters(
            ordered.head(NUM_LARGEST_CLUSTERS), members, fates, documents
        ),
        "flows": _flows(members, fates),
    }


def _describe_clusters(
    sizes: Frame, members: Frame, fates: Frame, documents: Shards
) -> list[Json]:
    rows = fates.set_index("document_id")["row"]
    chosen: dict[str, list[int]] = {}
    for cluster in sizes.index:
        ids = members.loc[members["cluster_id"] == cluster, "document_id"]
        found = rows.reindex(ids).dropna().head(_NUM_TITLES_READ)
        chosen[cluster] = [int(row) for row in found]
    wanted = {row for numbers in chosen.values() for row in numbers}
    names = {
        row: document["title"] or document["uri"]
        for row, document in read_rows(documents, wanted, ["title", "uri"]).items()
    }
    return [
        {
            "size": int(sizes[cluster]),
            "examples": list(dict.fromkeys(names[row] for row in rows))[:NUM_EXAMPLES],
        }
        for cluster, rows in chosen.items()
    ]


def _flows(members: Frame, fates: Frame) -> list[Json]:
    known = members[["document_id", "cluster_id"]].merge(fates, on="document_id")
    kept = known[known["kept"].astype(bool)].drop_duplicates("cluster_id")
    rules = {EXACT_DUPLICATE_RULE: "exact", NEAR_DUPLICATE_RULE: "near"}
    copies = known[known["rule"].isin(rules)].merge(
        kept[["cluster_id", "source"]], on="cluster_id", suffixes=("", "_kept")
    )
    if not len(copies):
        return []
    keys = ["source", "source_kept", "kind"]
    grouped = copies.assign(kind=copies["rule"].map(rules)).groupby(keys)["num_bytes"]
    flows = grouped.agg(num_documents="size", num_bytes="sum").reset_index()
    ordered = flows.sort_values(
        ["num_documents", *keys], ascending=[False, True, True, True]
    )
    return [
        {
            "copied_in": str(row.source),
            "kept_in": str(row.source_kept),
            "kind": str(row.kind),
            "num_documents": int(row.num_documents),
            "num_bytes": int(row.num_bytes),
        }
        for row in ordered.itertuples()
    ]


def report_contamination(contamination: Frame, fates: Frame) -> list[Json]:
    """Count, for each evaluation set, documents that share text with it.

    Returns:
        ``evaluation_set``, ``num_documents``, ``num_dropped`` (by the rule of
        contamination), ``max_share``, ``sources`` and ``examples``; the set that is
        in most documents first.
    """
    matches = contamination.merge(fates, on="document_id", how="inner")
    report = [
        {
            "evaluation_set": str(name),
            "num_documents": rows["document_id"].nunique(),
            "num_dropped": int((rows["rule"] == CONTAMINATION_RULE).sum()),
            "max_share": float(rows["share"].max()),
            "sources": [
                {"source": str(source), "num_documents": int(number)}
                for source, number in rows.groupby("source").size().items()
            ],
            "examples": _matched_texts(rows),
        }
        for name, rows in matches.groupby("evaluation_set")
    ]
    return sorted(
        report, key=lambda row: (-row["num_documents"], row["evaluation_set"])
    )


def _matched_texts(rows: Frame) -> list[str]:
    ordered = rows.sort_values(["share", "document_id"], ascending=[False, True])
    texts = list(dict.fromkeys(ordered["example"].dropna()))[:NUM_EXAMPLES]
    return [shorten(redact(str(text))[0], _MAX_EXAMPLE_CHARS) for text in texts]
