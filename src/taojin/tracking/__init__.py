"""MLflow behind the protocols that the libraries own."""
