"""What curation did, as plain values for a page, a card or a test."""

from taojin.curation.report.summary import report_curation

__all__ = ["report_curation"]
