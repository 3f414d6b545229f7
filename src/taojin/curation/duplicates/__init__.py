"""Copies among all documents, found from their hashes in bounded memory."""

from taojin.curation.duplicates.find import CLUSTER_COLUMNS, find_duplicates

__all__ = ["CLUSTER_COLUMNS", "find_duplicates"]
