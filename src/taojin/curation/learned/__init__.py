"""Signals that come from trained models: language, perplexity, quality, toxicity."""
