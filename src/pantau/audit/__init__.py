"""Who did what: an append-only record that shows when somebody changed it."""
