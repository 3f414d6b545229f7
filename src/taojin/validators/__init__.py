"""Expectation suites behind the catalogue's ``validator:`` key."""
