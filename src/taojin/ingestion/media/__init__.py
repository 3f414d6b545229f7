"""Declared sources of images and recordings, read into records."""
