"""Kedro hooks: they observe runs and never change data."""
