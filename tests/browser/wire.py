"""What a page costs on the wire, as Chromium's own network log counts it."""

from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import CDPSession, Page

KB: Final = 1024
_KINDS: Final = {"Document": "html", "Stylesheet": "css", "Script": "script"}


@dataclass(slots=True)
class Fetched:
    """One request, and what came over the wire for it: all, and the headers."""

    url: str
    kind: str
    head_bytes: int = 0
    wire_bytes: int = 0

    @property
    def body_bytes(self) -> int:
        return max(self.wire_bytes - self.head_bytes, 0)


@dataclass(slots=True)
class Wire:
    """Begin before the page is opened; read whenever it has settled."""

    _by_id: dict[str, Fetched] = field(default_factory=dict)

    def watch(self, page: Page) -> CDPSession:
        session = page.context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", lambda told: self._sent(told))  # noqa: PLW0108
        session.on("Network.responseReceived", lambda told: self._answered(told))  # noqa: PLW0108
        session.on("Network.loadingFinished", lambda told: self._finished(told))  # noqa: PLW0108
        session.send("Network.enable")
        return session

    def fetched(self, *, beyond: str = "") -> list[Fetched]:
        """Return what is counted: not stills, not video, and not what `beyond` names."""
        return [
            each
            for each in self._by_id.values()
            if each.kind not in {"still", "video"} and not (beyond and beyond in each.url)
        ]

    def kb(self, kind: str, *, beyond: str = "") -> float:
        """Return how large the bodies of this kind are together."""
        counted = self.fetched(beyond=beyond)
        return sum(each.body_bytes for each in counted if each.kind == kind) / KB

    def all_kb(self, *, beyond: str = "") -> float:
        """Return what was counted together, with the headers of the answers."""
        return sum(each.wire_bytes for each in self.fetched(beyond=beyond)) / KB

    def stills(self) -> list[Fetched]:
        return [each for each in self._by_id.values() if each.kind == "still"]

    def told(self, *, beyond: str = "") -> str:
        """Return the list, largest first, for whoever has to find what became too large."""
        counted = sorted(self.fetched(beyond=beyond), key=lambda each: -each.body_bytes)
        lines = [f"{each.body_bytes:7} {each.kind:6} {each.url}" for each in counted]
        return "\n".join([*lines, f"{len(lines)} requests, {self.all_kb(beyond=beyond):.1f} kB"])

    def _sent(self, told: dict[str, Any]) -> None:
        url = str(told["request"]["url"])
        if url.startswith(("data:", "blob:", "chrome-extension:")):
            return
        self._by_id[told["requestId"]] = Fetched(url, _kind(url, str(told.get("type", ""))))

    def _answered(self, told: dict[str, Any]) -> None:
        fetched = self._by_id.get(told["requestId"])
        if fetched is not None:
            fetched.head_bytes = int(told["response"]["encodedDataLength"])

    def _finished(self, told: dict[str, Any]) -> None:
        fetched = self._by_id.get(told["requestId"])
        if fetched is not None:
            fetched.wire_bytes = int(told["encodedDataLength"])


def _kind(url: str, of_chromium: str) -> str:
    if "/api/thumbnails/" in url:
        return "still"
    if "/hls/" in url or ".m3u8" in url or of_chromium == "Media":
        return "video"
    return _KINDS.get(of_chromium, "other")
