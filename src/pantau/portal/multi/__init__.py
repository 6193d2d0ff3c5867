"""Several cameras at once."""
