"""Architectures, their configurations and their files; nothing about training."""
