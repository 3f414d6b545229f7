"""Sentences out of codes that a generator has made."""
