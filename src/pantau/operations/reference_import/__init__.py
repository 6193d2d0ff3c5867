"""Brings what a reference installation knows into this one: people, cameras, texts, history."""
