"""Adversarial training of sentence generators, and the maximum likelihood it begins with."""
