"""Curation of images and recordings: signals, rules, copies, decisions."""
