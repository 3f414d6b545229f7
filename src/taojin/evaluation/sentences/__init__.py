"""Judging generators of short sentences: n-gram overlap, language models, distances."""
