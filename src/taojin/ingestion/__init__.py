"""Declared sources in, documents and rejected records out."""
