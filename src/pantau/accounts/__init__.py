"""People and programs that may sign in, and how: users, sessions, second factors, API keys."""
