"""Where an imported camera comes from, as a line in its description that is found again."""

import hashlib
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from pantau.cameras.importing.texts import clean
from pantau.core.redact import redact

_LINE: Final = re.compile(r"(?:^|\s)SOURCE:\s*(?P<line>.*)$", re.DOTALL)
_MOST_PART: Final = 80


@dataclass(frozen=True, slots=True)
class Provenance:
    """The catalogue, who provides it, and the camera's id there."""

    site: str = ""
    provider: str = ""
    status: str = ""
    id: str = ""

    @property
    def key(self) -> str:
        """What tells the camera from every other one; "" where the catalogue numbers none."""
        return f"{self.site.casefold()}\n{self.id}" if self.site and self.id else ""

    def text(self) -> str:
        """Return it as descriptions carry it: `SOURCE: … | provider: … | source_id: …`."""
        parts = [f"SOURCE: {self.site or '-'}"]
        for name, value in (
            ("provider", self.provider),
            ("source_status", self.status),
            ("source_id", self.id),
        ):
            if value:
                parts.append(f"{name}: {value}")
        return " | ".join(parts)


def read_provenance(description: str) -> Provenance | None:
    """Return what a description says of the camera's origin; None: nothing."""
    found = _LINE.search(description)
    if found is None:
        return None
    site, *rest = (part.strip() for part in found["line"].split("|"))
    named = {}
    for part in rest:
        name, colon, value = part.partition(":")
        if colon:
            named[name.strip().lower()] = value.strip()
    return Provenance(
        site="" if site == "-" else site,
        provider=named.get("provider", ""),
        status=named.get("source_status", ""),
        id=named.get("source_id", ""),
    )


def provenance_of(*, site: str, provider: str, status: str, id_: str, host: str) -> Provenance:
    """Return it with nothing in it that leads to the source: descriptions are public.

    Of an address only its host is told, and of the host that the pictures come from only a mark.
    """
    return Provenance(
        site=_site(site, host) or (_mark(host) if id_ and host else ""),
        provider=_part(provider, host),
        status=_part(status, host),
        id=_part(id_, host),
    )


def scrubbed(text: str, host: str) -> str:
    """Return a public text without addresses of cameras, logins, or the host of the source."""
    if not text:
        return ""
    if "://" in text or "@" in text or "=" in text or "token" in text.lower():
        text = redact(text)
    if len(host) > 3 and host in text.lower():
        text = re.sub(re.escape(host), "***", text, flags=re.IGNORECASE)
    return text


def _site(site: str, host: str) -> str:
    site = clean(site)
    if "://" in site:
        try:
            site = urlsplit(site).hostname or ""
        except ValueError:
            return ""
    if host and host in site.lower():
        return _mark(host)
    return _part(site, host)


def _part(text: str, host: str) -> str:
    return scrubbed(clean(text).replace("|", "/"), host)[:_MOST_PART].strip()


def _mark(host: str) -> str:
    return "#" + hashlib.sha256(host.encode()).hexdigest()[:8]
