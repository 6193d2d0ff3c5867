"""One camera's page."""
