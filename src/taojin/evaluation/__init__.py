"""Judgements of models: likelihood, tasks, diversity, legality; all with intervals."""
