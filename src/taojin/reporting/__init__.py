"""What a person reads about a run: the report page, the closing lines, figures."""
