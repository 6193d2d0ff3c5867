"""Rewrites a playlist of somebody else so that it leads to us and says nothing of them.

Every address in every line and every tag becomes a name of ours (lesson M15).  Parts of one file
become files of their own.  What no player needs and could tell where the stream comes from is left
out: comments, titles, variables, steering, texts that hold an address or a host.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from pantau.streaming.relay.evidence import Outcome
from pantau.streaming.relay.failures import RelayFailure, encrypted
from pantau.streaming.relay.links import (
    Namer,
    data_in,
    ending_for,
    host_of,
    origin_of,
    resolved,
    without_sessions,
)
from pantau.streaming.relay.tags import (
    Attribute,
    attributes_of,
    filled_in,
    length_of,
    lines_of,
    text_of,
    whole_number,
)
from pantau.streaming.relay.targets import Kind, Span, Target, Variables

_MOST_LINES: Final = 12_000
_LONGEST_HOST_IGNORED: Final = 3
_HARMLESS: Final = re.compile(r"[A-Za-z0-9.:+_ -]{0,64}")
_LEFT_OUT: Final = frozenset({"#EXT-X-DEFINE", "#EXT-X-CONTENT-STEERING", "#EXT-X-BYTERANGE"})
_KINDS: Final[Mapping[str, Kind]] = {
    "#EXT-X-MAP": Kind.MEDIA,
    "#EXT-X-PART": Kind.MEDIA,
    "#EXT-X-PRELOAD-HINT": Kind.MEDIA,
    "#EXT-X-KEY": Kind.KEY,
    "#EXT-X-SESSION-KEY": Kind.KEY,
    "#EXT-X-MEDIA": Kind.PLAYLIST,
    "#EXT-X-STREAM-INF": Kind.PLAYLIST,
    "#EXT-X-I-FRAME-STREAM-INF": Kind.PLAYLIST,
    "#EXT-X-IMAGE-STREAM-INF": Kind.PLAYLIST,
    "#EXT-X-RENDITION-REPORT": Kind.PLAYLIST,
    "#EXT-X-SESSION-DATA": Kind.OTHER,
    "#EXT-X-DATERANGE": Kind.OTHER,
}
"""What the addresses in the tags lead to; any other tag's: by their looks."""
_OPEN_CIPHERS: Final = frozenset({"", "NONE", "AES-128", "AES-256", "AES-256-CTR"})
"""Whose keys are plain files; the others need a licence server."""
_ADDRESS: Final = re.compile(r"[:,]\s*URI=\"([^\"]*)\"")
_MULTIVARIANT: Final = ("#EXT-X-STREAM-INF", "#EXT-X-MEDIA:", "#EXT-X-I-FRAME-STREAM-INF")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a playlist came from: our name of it, its address in the end, what it may import."""

    name: str
    url: str = field(repr=False)
    variables: Variables = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """A playlist as viewers get it, and what its names stand for."""

    body: bytes
    targets: Mapping[str, Target] = field(repr=False)
    is_multivariant: bool
    is_ended: bool
    """Whether nothing will be added."""
    can_block: bool
    last_number: int
    """The number of the last segment in it; -1: none."""
    target_s: float
    """How long its longest segment is."""


def rewrite(body: bytes, origin: Origin, namer: Namer, *, hide: frozenset[str]) -> Rewritten:
    """Return the playlist rewritten; `hide`: hosts that it must not name, beside those it leads to.

    Pure; some microseconds for each line.  Raises `RelayFailure` where it cannot be passed on.
    """
    lines = lines_of(body)
    if not lines or not lines[0].startswith("#EXTM3U"):
        raise RelayFailure(Outcome.BROKEN)
    if len(lines) > _MOST_LINES:
        raise RelayFailure(Outcome.BROKEN)
    return _Rewriting(lines, origin, namer, hide).done()


@dataclass(slots=True)
class _Tag:
    """A tag to be written once it is known which hosts must not stand in it."""

    name: str
    attributes: list[Attribute] = field(default_factory=list)
    ours: frozenset[int] = frozenset()
    """Which of the attributes are names that we gave."""
    plain: str = ""
    """What stands in it instead of attributes."""


class _Rewriting:
    """Walks over the lines once."""

    def __init__(
        self, lines: list[str], origin: Origin, namer: Namer, hide: frozenset[str]
    ) -> None:
        self._lines = lines
        self._origin = origin
        self._namer = namer
        self._hosts = set(hide) | {host_of(origin.url)}
        self._variables = dict(origin.variables)
        self._is_multivariant = any(line.startswith(_MULTIVARIANT) for line in lines)
        self._is_fragmented = any(line.startswith("#EXT-X-MAP:") for line in lines)
        self._twins = self._playlists_that_differ_in_sessions_alone()
        self._out: list[str | _Tag] = []
        self._targets: dict[str, Target] = {}
        self._number = 0
        self._part = 0
        self._leads_to: Kind = Kind.PLAYLIST if self._is_multivariant else Kind.MEDIA
        self._range = ""
        self._ends: dict[tuple[str, str], int] = {}
        self._target_s = 0.0
        self._flags: set[str] = set()

    def done(self) -> Rewritten:
        for line in self._lines[1:]:
            if not line.startswith("#"):
                self._take_address(line)
            elif line.startswith("#EXT"):
                name, colon, value = line.partition(":")
                self._take_tag(name, value if colon else None)
        body = "\n".join(["#EXTM3U", *filter(None, map(self._written, self._out))]) + "\n"
        return Rewritten(
            body=body.encode("utf-8", "replace"),
            targets=self._targets,
            is_multivariant=self._is_multivariant,
            is_ended="#EXT-X-ENDLIST" in self._flags,
            can_block="CAN-BLOCK-RELOAD" in self._flags,
            last_number=self._number - 1,
            target_s=self._target_s,
        )

    # Lines

    def _take_address(self, line: str) -> None:
        kind, self._leads_to = self._leads_to, self._usual
        said, self._range = self._range, ""
        span = self._span(said, line, "segment")
        name = self._name(line, kind, span=span, place=f"{self._number}")
        self._out.append(name)
        if kind is Kind.MEDIA:
            self._number += 1
            self._part = 0

    @property
    def _usual(self) -> Kind:
        return Kind.PLAYLIST if self._is_multivariant else Kind.MEDIA

    def _take_tag(self, name: str, value: str | None) -> None:
        self._flags.add(name)
        if name == "#EXTINF":
            self._leads_to = Kind.MEDIA
            self._out.append(f"#EXTINF:{length_of(value or '')},")
        elif name in _LEFT_OUT:
            self._remember(name, value or "")
        elif value is None:
            self._take_plain(name, "")
        elif "=" in value:
            self._take_attributes(name, value)
        else:
            self._take_plain(name, value)

    def _take_plain(self, name: str, value: str) -> None:
        number = whole_number(value)
        if name == "#EXT-X-MEDIA-SEQUENCE" and number is not None:
            self._number = number
        elif name == "#EXT-X-TARGETDURATION":
            self._target_s = min(float(length_of(value)), 600.0)
        if _HARMLESS.fullmatch(value) and _HARMLESS.fullmatch(name[1:]):
            self._out.append(_Tag(name, plain=value))

    def _remember(self, name: str, value: str) -> None:
        if name == "#EXT-X-BYTERANGE":
            self._range = value
        elif name == "#EXT-X-DEFINE":
            self._define(attributes_of(value))

    def _define(self, attributes: list[Attribute]) -> None:
        imported = text_of(attributes, "IMPORT")
        asked = text_of(attributes, "QUERYPARAM")
        if imported:
            self._variables.setdefault(imported, dict(self._origin.variables).get(imported, ""))
        elif asked:
            query = dict(parse_qsl(urlsplit(self._origin.url).query, keep_blank_values=True))
            self._variables[asked] = query.get(asked, "")
        else:
            self._variables[text_of(attributes, "NAME")] = text_of(attributes, "VALUE")

    # Tags with attributes

    def _take_attributes(self, name: str, value: str) -> None:
        if not _HARMLESS.fullmatch(name[1:]):
            return
        said = [
            Attribute(each.name, filled_in(each.text, self._variables), each.quotes)
            for each in attributes_of(value)
        ]
        if name in {"#EXT-X-KEY", "#EXT-X-SESSION-KEY"}:
            _refuse_licences(said)
        if name == "#EXT-X-PRELOAD-HINT" and text_of(said, "BYTERANGE-START"):
            return  # the rest of a file, whose parts are files of their own here
        if name == "#EXT-X-SERVER-CONTROL" and text_of(said, "CAN-BLOCK-RELOAD") == "YES":
            self._flags.add("CAN-BLOCK-RELOAD")
        if name == "#EXT-X-SKIP":
            self._number += whole_number(text_of(said, "SKIPPED-SEGMENTS"), most=10**6) or 0
        if name == "#EXT-X-STREAM-INF":
            self._leads_to = Kind.PLAYLIST
        self._out.append(self._rewritten_tag(name, said))
        if name == "#EXT-X-PART":
            self._part += 1

    def _rewritten_tag(self, name: str, said: list[Attribute]) -> _Tag:
        ours: set[int] = set()
        kept: list[Attribute] = []
        for each in said:
            if each.name == "BYTERANGE" and _KINDS.get(name) is Kind.MEDIA:
                continue
            if _is_address(each):
                is_media = _KINDS.get(name) is Kind.MEDIA
                span = self._span(text_of(said, "BYTERANGE"), each.text, name) if is_media else None
                ours.add(len(kept))
                kept.append(Attribute(each.name, self._name_in_tag(name, each, span), quotes=True))
            else:
                kept.append(each)
        return _Tag(name, kept, frozenset(ours))

    def _name_in_tag(self, tag: str, said: Attribute, span: Span | None) -> str:
        kind = _KINDS.get(tag)
        if kind is None or said.name == "X-ASSET-URI":
            url = resolved(self._origin.url, said.text)
            path = urlsplit(url or "").path.lower()
            kind = Kind.PLAYLIST if path.endswith((".m3u8", ".m3u")) else Kind.OTHER
        is_part = tag in {"#EXT-X-PART", "#EXT-X-PRELOAD-HINT"}
        place = f"{self._number}.{self._part}" if is_part else tag
        return self._name(said.text, kind, span=span, place=place)

    # Names

    def _name(self, reference: str, kind: Kind, *, span: Span | None, place: str) -> str:
        """Return our name of what `reference` leads to; `place`: where in the playlist it stands.

        The host counts only where the playlist names another than its own, so that a stream behind
        several servers has one set of names.
        """
        reference = filled_in(reference, self._variables)
        held = data_in(reference) if reference[:5].lower() == "data:" else None
        url = None if held is not None else resolved(self._origin.url, reference)
        ending = ending_for(kind, url, fragmented=self._is_fragmented)
        if url is None:
            name = self._namer.name("held", reference, ending=ending)
            self._targets[name] = Target(kind, self._origin.name, data=held)
            return name
        self._hosts.add(host_of(url))
        bare = url if kind is Kind.KEY or url in self._twins else without_sessions(url)
        is_rotating = kind is Kind.MEDIA and bare != url
        if origin_of(url) == origin_of(self._origin.url):
            bare = bare.removeprefix(origin_of(url))
        # Without its session two segments may have one address: the place tells them apart.
        facts = (kind.value, bare, place if is_rotating else "")
        parent = "" if kind is Kind.PLAYLIST else self._origin.name
        name = self._namer.name(parent, *facts, span=span, ending=ending)
        variables = tuple(self._variables.items()) if kind is Kind.PLAYLIST else ()
        self._targets[name] = Target(kind, self._origin.name, url, span, variables=variables)
        return name

    def _span(self, said: str, reference: str, series: str) -> Span | None:
        """Return which part of a file is meant; without an offset it follows the one before it."""
        if not said:
            return None
        length_text, at, offset_text = said.partition("@")
        length = whole_number(length_text)
        offset = whole_number(offset_text) if at else self._ends.get((series, reference), 0)
        if not length or offset is None:
            raise RelayFailure(Outcome.BROKEN)
        self._ends[series, reference] = offset + length
        return offset, length

    def _playlists_that_differ_in_sessions_alone(self) -> frozenset[str]:
        if not self._is_multivariant:
            return frozenset()
        named = (line for line in self._lines if not line.startswith("#"))
        told = (found[1] for line in self._lines if (found := _ADDRESS.search(line)))
        addresses = {
            url
            for reference in (*named, *told)
            if (url := resolved(self._origin.url, reference)) is not None
        }
        times = Counter(map(without_sessions, addresses))
        return frozenset(url for url in addresses if times[without_sessions(url)] > 1)

    # What is written

    def _written(self, line: str | _Tag) -> str:
        if isinstance(line, str):
            return line
        if self._tells(line.name) or self._tells(line.plain):
            return ""
        if not line.attributes:
            return f"{line.name}:{line.plain}" if line.plain else line.name
        parts = [
            each.written if at in line.ours else self._silenced(each, line.name)
            for at, each in enumerate(line.attributes)
        ]
        kept = ",".join(filter(None, parts))
        return f"{line.name}:{kept}" if kept else ""

    def _silenced(self, said: Attribute, tag: str) -> str:
        if self._tells(said.name):
            return ""
        is_path = tag not in _KINDS and ("/" in said.text or "?" in said.text)
        if not is_path and not self._tells(said.text):
            return said.written
        # The same text everywhere, since groups are joined by theirs.
        hidden = self._namer.name(said.text, ending="x")[:12]
        return Attribute(said.name, hidden, quotes=True).written

    def _tells(self, text: str) -> bool:
        """Tell whether a text holds an address, or a host that nobody needs to know."""
        if "://" in text or text.startswith("//"):
            return True
        low = text.lower()
        return any(host in low for host in self._hosts if len(host) > _LONGEST_HOST_IGNORED)


def _is_address(said: Attribute) -> bool:
    return said.name == "URI" or said.name.endswith(("-URI", "-ASSET-LIST"))


def _refuse_licences(said: list[Attribute]) -> None:
    key_format = text_of(said, "KEYFORMAT")
    if text_of(said, "METHOD") not in _OPEN_CIPHERS or key_format not in {"", "identity"}:
        raise encrypted()
