"""Users: who may sign in, in which role, and where."""
