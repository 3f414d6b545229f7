"""Repair of texts before they are measured: Unicode, mojibake, control characters."""

from taojin.curation.repair.texts import RepairConfig, repair, repair_texts

__all__ = ["RepairConfig", "repair", "repair_texts"]
