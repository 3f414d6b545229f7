"""Text that is repeated across documents: spans of words, boilerplate, lines."""
