"""Catalogue classes: how artifacts lie on disk, whole or not at all."""
