"""What every stage shares; knows no framework and no model library."""
