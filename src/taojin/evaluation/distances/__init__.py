"""How far generated items are from real ones, in the space of their features."""
