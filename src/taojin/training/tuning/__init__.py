"""Hyper-parameter search in parallel processes, and scaling laws over its trials."""
