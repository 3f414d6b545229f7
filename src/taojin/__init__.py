"""Pan your data for gold: raw content in, lawful generative models and evidence out."""

__version__ = "0.1.0"
