"""From how many places at once a token is sent as itself: as many as it may have devices."""

from typing import Final

from pantau.core.clock import Clock
from pantau.recordings.rights.values import PlaybackToken
from pantau.web.client_address import limit_key

_WITHIN_S: Final = 3_600.0


class Programs:
    """Addresses of programs in the last hour, in this process.  Loop only.

    A program keeps no cookie, so that its address stands for the device.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last_mono: dict[int, dict[str, float]] = {}

    def admit(self, token: PlaybackToken, address: str) -> bool:
        """Tell whether the token may be used from there, and note that it is."""
        if not token.max_devices:
            return True
        now_mono = self._clock.mono_s()
        held = self._last_mono.setdefault(token.id, {})
        key = limit_key(address)
        if key not in held:
            for one in [one for one, at in held.items() if now_mono - at >= _WITHIN_S]:
                del held[one]
            if len(held) >= token.max_devices:
                return False
        held[key] = now_mono
        return True
