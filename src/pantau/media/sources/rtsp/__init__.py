"""RTSP 1.0 (RFC 2326) spoken to cheap cameras: our own client, so that every wait has a deadline of ours."""
