"""Recording: one MP4 file a segment, playable at every instant, and an index beside it."""
