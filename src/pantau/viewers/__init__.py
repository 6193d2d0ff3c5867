"""Who is watching: presence in memory, later views in the database."""
