"""What generated content may not be: copied, personal, toxic, or tied to its data."""
