"""Where a media server of ours listens, within the socket folder: for whoever asks it."""

from typing import Final

API_SOCKET: Final = "media-api.sock"
HLS_SOCKET: Final = "media-hls.sock"
