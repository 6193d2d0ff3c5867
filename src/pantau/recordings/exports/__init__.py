"""Clips and time-lapses, made in the background and kept for a while."""
