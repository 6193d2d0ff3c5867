"""RTSP 1.0 (RFC 2326) spoken to cheap cameras, by a client of our own: every wait is ours."""
