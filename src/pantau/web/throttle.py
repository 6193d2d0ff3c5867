"""How often one address, or one API key, may ask: which class a request is in, and its limit."""

from collections.abc import Collection
from math import ceil
from typing import Final, Literal

from pantau.core.clock import Clock
from pantau.core.errors import Throttled
from pantau.settings import LimitSettings
from pantau.web.client_address import ClientAddresses, limit_key
from pantau.web.counters import Counters, Reservation
from pantau.web.exchange import HotRequest
from pantau.web.read_limit import ReadLimit

RateClass = Literal["public", "auth", "admin", "reads", "key"]
_WITHIN_S: Final = 60.0
_API: Final[dict[str, RateClass]] = {
    "auth": "auth",
    "admin": "admin",
    "viewer": "reads",
}
"""By the first word after /api/; every page that plays beats in /api/viewer every few seconds."""
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_SENTENCE: Final = "Too many requests from this address. Try again in a moment."


class Throttle:
    """Counts requests.  The wide class of reads is counted in this process alone.

    `sign_in_pages` are the paths whose forms sign somebody in.
    """

    def __init__(
        self,
        limits: LimitSettings,
        counters: Counters,
        clients: ClientAddresses,
        clock: Clock,
        *,
        sign_in_pages: Collection[str] = (),
    ) -> None:
        self._counters = counters
        self._clients = clients
        self._clock = clock
        self._sign_in_pages = frozenset(sign_in_pages)
        self._reads = ReadLimit(limits.reads_per_minute, clock)
        self._wrong_keys = ReadLimit(limits.public_per_minute, clock)
        self._limits: dict[RateClass, int] = {
            "public": limits.public_per_minute,
            "auth": limits.auth_per_minute,
            "admin": limits.admin_per_minute,
            "key": limits.key_per_minute,
        }

    def read(self, request: HotRequest, *, is_hot: bool = True) -> Throttled | None:
        """Count a read; return the refusal where there were too many in this minute.

        A proxy that names no visitor is not limited: its one count would be everybody's.  Hot pages
        carry no word about it; every poll would.
        """
        reads = self._reads
        address = self._clients.named(request.scope)
        count = reads.count(None if address is None else limit_key(address))
        is_refused = count > reads.per_minute
        if is_refused or not is_hot or request.path.startswith("/api/"):
            request.more_lines = reads.lines(count)
        if not is_refused:
            return None
        # Of a flood, the first is news.
        is_news = count == reads.per_minute + 1
        return _refusal("reads", reads.per_minute, reads.ends_after_s, is_news=is_news)

    async def enter(self, request: HotRequest, *, key_id: int | None) -> Throttled | None:
        """Count a request to the application; `key_id` where a valid API key came with it."""
        rate_class: RateClass = "key" if key_id is not None else self.class_of(request)
        if rate_class == "reads":
            return self.read(request, is_hot=False)
        who = str(key_id) if key_id is not None else limit_key(request.client_address)
        limit = self._limits[rate_class]
        reservation = await self._counters.reserve(
            f"rate:{rate_class}:{who}", limit=limit, within_s=_WITHIN_S
        )
        request.more_lines = self._lines(limit, reservation)
        if reservation.allowed:
            return None
        return _refusal(rate_class, limit, reservation.retry_after_s)

    def after_guesses(self, request: HotRequest) -> Throttled | None:
        """Return the refusal where this address sent too many wrong API keys in this minute."""
        if not self._wrong_keys.has_passed(limit_key(request.client_address)):
            return None
        return _refusal("key", self._wrong_keys.per_minute, self._wrong_keys.ends_after_s)

    def count_guess(self, request: HotRequest) -> None:
        """Count a wrong API key."""
        self._wrong_keys.count(limit_key(request.client_address))

    def class_of(self, request: HotRequest) -> RateClass:
        """Return the class of a request without API key; unknown addresses are public."""
        path, is_reading = request.path, request.method in _READING
        if request.method == "OPTIONS":
            return "reads"
        if path.startswith("/api/"):
            return _API.get(path[5:].partition("/")[0], "public")
        if path in self._sign_in_pages and not is_reading:
            return "auth"
        if path == "/admin" or path.startswith("/admin/"):
            return "reads" if is_reading else "admin"
        return "public"

    def _lines(self, limit: int, reservation: Reservation) -> bytes:
        return (
            b"x-ratelimit-limit: %d\r\nx-ratelimit-remaining: %d\r\nx-ratelimit-reset: %d\r\n"
            % (
                limit,
                max(0, limit - reservation.count),
                ceil(self._clock.unix_s() + reservation.resets_after_s),
            )
        )


def _refusal(
    rate_class: RateClass, limit: int, retry_after_s: float, *, is_news: bool = True
) -> Throttled:
    return Throttled(
        "rate.exceeded",
        _SENTENCE,
        retry_after_s=retry_after_s,
        rate_class=rate_class,
        limit=limit,
        is_news=is_news,
    )
