"""Which media server this hub uses: its own, or a MediaMTX that was there already."""

from pantau.mediaserver.sockets import API_SOCKET
from pantau.settings import Settings
from pantau.streaming.media_server import MediaServerClient


def media_server_client(settings: Settings) -> MediaServerClient:
    """Return the client for whichever media server is used."""
    if settings.media.api_url:
        return MediaServerClient(base_url=settings.media.api_url)
    return MediaServerClient(unix_socket=str(settings.sockets_dir / API_SOCKET))
