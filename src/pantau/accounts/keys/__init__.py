"""API keys: how programs sign in, and what each may do."""
