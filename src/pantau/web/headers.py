"""The headers that every answer carries, whoever made it, and the ids of requests."""

import itertools
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pantau.core.request_ids import is_well_formed
from pantau.web.client_address import ClientAddresses
from pantau.web.exchange import Header, Reply, Scope
from pantau.web.origins import Origins, origin_of

# Nothing that our own pages need may be switched off here (lesson X25): the map asks where the
# visitor is, the player wants fullscreen and picture-in-picture.  Kept short because every playlist
# poll of every phone carries it.
PERMISSIONS_POLICY: Final = (
    b"geolocation=(self), fullscreen=(self), picture-in-picture=(self), "
    b"camera=(), microphone=(), payment=(), usb=()"
)
_COMMON: Final[tuple[Header, ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"x-xss-protection", b"0"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"permissions-policy", PERMISSIONS_POLICY),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_NO_PAGE: Final[Header] = (
    b"content-security-policy",
    b"default-src 'none'; frame-ancestors 'none'",
)
_SCRIPT: Final[Header] = (
    b"content-security-policy",
    b"default-src 'none'; connect-src 'self'; frame-ancestors 'none'",
)
"""A worker obeys the policy of its own script: it may ask this site, and import nothing (X06)."""
_OWN_SITE: Final[Header] = (b"cross-origin-resource-policy", b"same-origin")
_ANY_SITE: Final[tuple[Header, ...]] = (
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, X-Cache, X-Request-ID"),
)
_SHOWN_ELSEWHERE: Final = tuple(pair for pair in _COMMON if pair[0] != b"x-frame-options")
_HSTS: Final[Header] = (b"strict-transport-security", b"max-age=31536000")


def page_nonce(scope: Scope) -> str:
    """Return the nonce for inline blocks of this page; asking puts it into the page's policy."""
    state = scope.setdefault("state", {})
    nonce: str | None = state.get("csp_nonce")
    if nonce is None:
        nonce = state["csp_nonce"] = secrets.token_urlsafe(16)
    return nonce


def allow_frame(scope: Scope, origin: str) -> None:
    """Let the page that answers this request, and no other, show frames of this site."""
    if origin:
        scope.setdefault("state", {})["csp_frame"] = origin


def allow_framing(scope: Scope, sites: str) -> None:
    """Let pages of `sites`, sources of `frame-ancestors`, show the page that answers this request.

    Call it where nothing can be refused any more: a refusal is no page that others may show.
    """
    scope.setdefault("state", {})["csp_ancestors"] = sites


@dataclass(frozen=True, slots=True)
class PageSources:
    """Other sites that our pages may load from, as Content-Security-Policy sources."""

    images: tuple[str, ...] = ()
    """Map tiles and the like."""
    media: tuple[str, ...] = ()
    """Where live streams come from when a CDN carries them."""
    scripts: tuple[str, ...] = ()
    """Hashes of inline scripts that are the same on every page: kept pages cannot carry a nonce."""

    def policy(self, nonce: str | None, frame: str = "", ancestors: str = "'none'") -> bytes:
        """Return a page's Content-Security-Policy.

        Without a nonce it holds no inline block; `frame` is a site whose pages it may show,
        `ancestors` are those whose pages may show it.
        """
        frames = f"frame-src {frame}; " if frame else ""
        own = f" 'nonce-{nonce}'" if nonce else ""
        scripts = "".join(f" {source}" for source in self.scripts)
        media = "".join(f" {source}" for source in self.media)
        images = "".join(f" {source}" for source in self.images)
        return (
            f"default-src 'self'; script-src 'self'{own}{scripts}; style-src 'self'{own}; "
            f"img-src 'self' data: blob:{images}; media-src 'self' blob:{media}; "
            f"connect-src 'self'{media}; worker-src 'self' blob:; {frames}object-src 'none'; "
            f"base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}"
        ).encode()


class SecurityHeaders:
    """Adds what is missing and removes what gives away the software; one serves every answer."""

    def __init__(
        self,
        clients: ClientAddresses,
        sources: PageSources | None = None,
        *,
        origins: Origins | None = None,
    ) -> None:
        self._clients = clients
        self._origins = origins if origins is not None and origins.exist else None
        self._own = (*_COMMON, _NO_PAGE, _OWN_SITE)
        self._any = (*_COMMON, _NO_PAGE, *_ANY_SITE)
        self._own_wire = _wire(self._own)
        self._own_script = (*_COMMON, _SCRIPT, _OWN_SITE)
        self._own_script_wire = _wire(self._own_script)
        self.use(sources or PageSources())
        self._any_wire = _wire(self._any)
        self._credentialed_wire = _wire((*_COMMON, _NO_PAGE, _ANY_SITE[0]))
        self._hsts_wire = _wire((_HSTS,))
        self._vary_wire = b"vary: Origin\r\n"
        self._granted_wires = (
            {}
            if self._origins is None
            else {origin: _wire(pairs) for origin, pairs in self._origins.granted.items()}
        )
        self._ids = _request_ids()

    def use(self, sources: PageSources) -> None:
        """Let pages load from `sources` from now on, and from nowhere else."""
        self._sources = sources
        self._page = (*_COMMON, (b"content-security-policy", sources.policy(None)), _OWN_SITE)
        self._page_wire = _wire(self._page)

    def request_id(self, scope: Scope) -> bytes:
        """Return the id that a trusted proxy gave this request, or a fresh one."""
        if self._clients.comes_from_proxy(scope):
            for name, value in scope["headers"]:
                if name == b"x-request-id" and is_well_formed(value):
                    told: bytes = value
                    return told
        return next(self._ids)

    @property
    def plain_block(self) -> bytes:
        """The lines that every answer of our own site carries, ready for the wire."""
        return self._own_wire

    def new_request_id(self) -> str:
        """Return a fresh id."""
        return next(self._ids).decode("ascii")

    def wire_block(self, scope: Scope, reply: Reply, *, cross_origin: bool) -> bytes:
        """Return the header lines for `reply`, ready for the wire."""
        if reply.is_html:
            own = self._page_for(scope)
            block = self._page_wire if own is self._page else _wire(own)
        else:
            own_wire = self._own_script_wire if reply.is_script else self._own_wire
            block = self._any_wire if cross_origin else own_wire
            if self._origins is not None:
                block = self._wire_for(scope, block, cross_origin=cross_origin)
        return block + self._hsts_wire if self._is_https(scope) else block

    def complete(
        self, scope: Scope, headers: Iterable[Header], *, cross_origin: bool = False
    ) -> list[Header]:
        """Return `headers` with everything added that they do not say themselves."""
        kept = [(name.lower(), value) for name, value in headers if name.lower() not in _GIVEN_AWAY]
        said = {name for name, _ in kept}
        kind = next((value for name, value in kept if name == b"content-type"), b"")
        html = kind.startswith(b"text/html")
        added: list[Header] = []
        if html:
            added = list(self._page_for(scope))
        elif cross_origin:
            added = list(self._any)
        else:
            added = list(self._own_script if kind.startswith(b"text/javascript") else self._own)
        if b"cache-control" not in said:
            # Whoever wants an answer kept must say so (lessons D11, X12).
            added.append((b"cache-control", b"no-store"))
        if self._is_https(scope):
            added.append(_HSTS)
        kept.extend(pair for pair in added if pair[0] not in said)
        if self._origins is None or html:
            return kept
        granted = self._origins.headers_for(scope)
        replaced = {name for name, _ in granted} - {b"vary"}
        return [*(pair for pair in kept if pair[0] not in replaced), *granted]

    def _wire_for(self, scope: Scope, block: bytes, *, cross_origin: bool) -> bytes:
        granted = self._granted_wires.get(origin_of(scope))
        if granted is None:
            return block + self._vary_wire
        plain = self._credentialed_wire if cross_origin else block
        return plain + granted

    def _page_for(self, scope: Scope) -> tuple[Header, ...]:
        state = scope.get("state", {})
        nonce, frame = state.get("csp_nonce"), state.get("csp_frame", "")
        ancestors = state.get("csp_ancestors", "'none'")
        if nonce is None and not frame and ancestors == "'none'":
            return self._page
        said = self._sources.policy(nonce, frame, ancestors)
        policy = (b"content-security-policy", said)
        if ancestors == "'none'":
            return (*_COMMON, policy, _OWN_SITE)
        # X-Frame-Options knows no list of sites.  Browsers ignore it beside `frame-ancestors`, but
        # for old ones, which would show the page to nobody.
        return (*_SHOWN_ELSEWHERE, policy, _ANY_SITE[0])

    def _is_https(self, scope: Scope) -> bool:
        return self._clients.comes_from_proxy(scope) and self._clients.scheme(scope) == "https"


_GIVEN_AWAY: Final = frozenset({b"server", b"x-powered-by", b"x-request-id"})


def _wire(headers: tuple[Header, ...]) -> bytes:
    return b"".join(b"%s: %s\r\n" % pair for pair in headers)


def _request_ids() -> Iterator[bytes]:
    # Unique across processes by the prefix, cheap within one by counting: random bytes for each
    # would cost more than the rest of a hot answer's head.
    prefix = secrets.token_hex(5).encode()
    return (b"%s-%x" % (prefix, number) for number in itertools.count(1))
