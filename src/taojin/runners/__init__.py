"""Run pipelines, leaving alone what is up to date."""
