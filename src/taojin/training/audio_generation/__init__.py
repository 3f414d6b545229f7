"""A language model that writes the codes of sounds."""
