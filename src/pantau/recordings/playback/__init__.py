"""Replaying: files with ranges, playlists over any stretch, timelines, pictures."""
