"""The engine as a process: MediaMTX's control API and an HLS origin over shards of 50 cameras."""
