"""Varied copies of images, recordings and texts that keep what they show or say."""
