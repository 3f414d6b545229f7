"""Splits, tokeniser, token shards and labelled examples."""
