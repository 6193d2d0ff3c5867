"""Footage: what is recorded, how long it is kept, who may replay it, and how."""
