"""Recordings, to look at again."""
