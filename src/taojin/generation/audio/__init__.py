"""Sounds from a trained generator."""
