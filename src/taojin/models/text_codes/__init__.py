"""Sentences as codes of fixed size, and perceptrons that make and judge codes."""
