"""The engine as a process: MediaMTX-compatible control API and HLS origin over shards of at most fifty cameras."""
