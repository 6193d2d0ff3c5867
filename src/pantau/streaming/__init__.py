"""Live streams on their way to viewers: edge cache, media-server client, reconciler."""
