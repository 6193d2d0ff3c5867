"""Live streams on their way to viewers: the edge cache, the media-server client, and the reconciler."""
