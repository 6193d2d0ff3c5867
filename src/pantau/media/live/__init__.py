"""The live window: fragments of MP4, segments and playlists in memory."""
