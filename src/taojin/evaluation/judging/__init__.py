"""Sets of generated items, judged beside real ones and beside each other."""
