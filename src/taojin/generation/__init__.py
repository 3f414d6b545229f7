"""Text from trained language models."""
