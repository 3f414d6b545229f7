"""Licences, purposes, gates and cards: what may be used, and what may be released."""
