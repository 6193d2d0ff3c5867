"""`/status.atom`: what is wrong and what was, for programs that follow it (RFC 4287)."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Final

from pantau.health.status import Status
from pantau.portal.status.incidents import Incident, incidents
from pantau.ui.i18n import Language, speech_of
from pantau.ui.render import Pages

PATH: Final = "/status.atom"
TYPE: Final = b"application/atom+xml; charset=utf-8"
_NEVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
_NOT_XML: Final = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 knows no way to write."""


def feed(status: Status, pages: Pages, language: Language, base: str) -> bytes:
    """Return the feed of a hub that is reached at `base`."""
    _ = pages.texts[language].gettext
    name = pages.site.name
    every = list(incidents(status, pages, language))
    about = f"{base}/status"
    own = f"{base}{PATH}?lang={language}"
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{speech_of(language).tag}">',
        _element("id", about),
        _element("title", f"{_('Status')} · {name}"),
        _element("updated", _moment(_newest(every))),
        f'<link rel="self" type="application/atom+xml" href="{escape(own)}"/>',
        f'<link rel="alternate" type="text/html" href="{escape(about)}"/>',
        f"<author>{_element('name', name)}</author>",
        *(_entry(each, pages, language, about) for each in every),
        "</feed>\n",
    ]
    return "\n".join(lines).encode()


def _entry(each: Incident, pages: Pages, language: Language, about: str) -> str:
    _ = pages.texts[language].gettext
    if each.ended_at is None:
        when = _("since %(time)s") % {"time": pages.moment(each.began_at, language)}
        state = _("Maintenance") if each.kind == "maintenance" else _("Lasts")
    else:
        begin, end = (pages.moment(at, language) for at in (each.began_at, each.ended_at))
        when, state = f"{begin} – {end}", _("Over")
    parts = (
        _element("id", each.mark),
        _element("title", each.title),
        _element("published", _moment(each.began_at)),
        _element("updated", _moment(each.changed_at)),
        f'<link rel="alternate" type="text/html" href="{escape(about)}"/>',
        _element("summary", f"{state}, {when}. {each.text}".strip()),
    )
    return f"<entry>{''.join(parts)}</entry>"


def _newest(every: Sequence[Incident]) -> datetime:
    return max((each.changed_at for each in every), default=_NEVER)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(_NOT_XML.sub('', text), quote=False)}</{name}>"
