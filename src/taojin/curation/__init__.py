"""From raw documents to a clean corpus: signals, decisions, and what they did."""
