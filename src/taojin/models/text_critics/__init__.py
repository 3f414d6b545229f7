"""Discriminators over sequences of words."""
