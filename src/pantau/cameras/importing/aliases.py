"""Which names catalogues give to the parts of a camera, and a row of any of them as a candidate."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from pantau.cameras.capabilities import SourceKind
from pantau.cameras.importing.addresses import frame_address
from pantau.cameras.importing.candidates import Candidate, RawRow
from pantau.cameras.importing.places import from_point, judged
from pantau.cameras.importing.provenance import read_provenance
from pantau.cameras.importing.texts import address_of, clean, truth

_WORDS: Final[Mapping[str, str]] = {
    "name": (
        "name title nama cctvtitle cctvname namacctv judul label cameraname namakamera "
        "displayname channelname locationname namalokasi lokasi location cctvdesc"
    ),
    "address": (
        "externalstreamurl externalhlsurl privatertspurl streamurl hlsurl playlisturl url "
        "cctvlink link m3u8 hls flvurl flv mjpegurl mjpeg rtspurl rtsp videourl cctvurl "
        "streamlink stream src source uri address path"
    ),
    "embed": (
        "externalembedurl embedurl embed embedlink iframe iframeurl routeurl pageurl playerurl"
    ),
    "snapshot": "externalsnapshoturl snapshoturl snapshot stillurl",
    "kind": "deliverytype kind streamtype sourcetype protocol type",
    "description": "description deskripsi keterangan cctvdesc desc notes catatan",
    "location": "location lokasi locationname sourcelocationname address alamat jalan street",
    "area": "area areaname wilayah",
    "group": "groupname group grouptitle kategori category cctvcategory",
    "kecamatan": "kecamatannama namakecamatan kecamatan district",
    "kelurahan": "kelurahannama namakelurahan kelurahan desa village",
    "rw": "rwnama rw",
    "rt": "rtnama rt",
    "latitude": "latitude lat cctvlatitude gpslat lintang y",
    "longitude": "longitude lng lon long cctvlongitude gpslng bujur x",
    "point": "location coordinates coordinate koordinat latlng geometry position point gps",
    "enabled": "enabled isenabled",
    "relay": "externaluseproxy useproxy relay",
    "on_demand": "ondemand sourceondemand",
    "tls": "externaltlsmode tlsmode tls",
    "transport": "transport rtsptransport sourceprotocol",
    "site": "sourcesite site sourcename origin",
    "provider": "provider vendor sourcebrand cctvopd",
    "id": "sourceid cctvid id uuid cameraid tvgid",
    "status": (
        "sourcestatus verifiedplayliststatus cctvstatus isonline online status state aktif active"
    ),
    "deleted": "deletedat",
}
"""In plain form; the first name that says something counts."""
_ALIASES: Final = {field: tuple(words.split()) for field, words in _WORDS.items()}
_KINDS: Final[Mapping[str, SourceKind]] = {
    "internalhls": SourceKind.RTSP,
    "rtsp": SourceKind.RTSP,
    "externalhls": SourceKind.HLS,
    "hls": SourceKind.HLS,
    "m3u8": SourceKind.HLS,
    "externalmjpeg": SourceKind.MJPEG,
    "mjpeg": SourceKind.MJPEG,
    "mjpg": SourceKind.MJPEG,
    "externalflv": SourceKind.FLV,
    "flv": SourceKind.FLV,
    "httpflv": SourceKind.FLV,
    "externalembed": SourceKind.EMBED,
    "embed": SourceKind.EMBED,
    "iframe": SourceKind.EMBED,
    "externaljsmpeg": SourceKind.MPEGTS_WS,
    "externalcustomws": SourceKind.MPEGTS_WS,
    "jsmpeg": SourceKind.MPEGTS_WS,
    "mpegtsws": SourceKind.MPEGTS_WS,
}
_OFFLINE: Final = frozenset(
    {
        "offline",
        "inactive",
        "nonaktif",
        "down",
        "dead",
        "mati",
        "disabled",
        "false",
        "0",
        "rusak",
        "error",
    }
)
_NO_NAME: Final = re.compile(r"[^a-z0-9]+")
_BAD_STATUS: Final = re.compile(r"(?:verified_)?[45]\d\d")


def plain_key(name: object) -> str:
    """Return a field's name without what differs between catalogues: `RTSP_Url` is `rtspurl`."""
    return _NO_NAME.sub("", str(name)[:100].lower())


def candidate_of(raw: RawRow) -> Candidate:
    """Return the camera that a row of somebody's catalogue offers."""
    if raw.skipped or raw.refused:
        name = clean(raw.values.get("name"), most=200)
        return Candidate(row=raw.number, name=name, skipped=raw.skipped, refused=raw.refused)
    row = _Row(raw.values)
    description = row.text("description")
    told = read_provenance(description)
    (north, east), warnings = judged(*row.coordinates())
    status = row.status() or (told.status if told else "")
    address, embed = row.address(), row.page()
    return Candidate(
        row=raw.number,
        name=row.text("name"),
        address=address,
        embed_url=embed,
        snapshot_url=row.link("snapshot"),
        kind=row.kind(),
        description=description,
        location=row.text("location", avoid_links=True),
        area=row.text("area"),
        group_name=row.text("group"),
        rt=row.text("rt"),
        rw=row.text("rw"),
        kelurahan=row.text("kelurahan"),
        kecamatan=row.text("kecamatan"),
        latitude=north,
        longitude=east,
        enabled=row.truth("enabled"),
        relay=row.truth("relay"),
        on_demand=row.truth("on_demand"),
        tls=_tls(row.text("tls")),
        transport=_transport(row.text("transport")),
        source_site=row.text("site") or (told.site if told else ""),
        provider=row.text("provider") or (told.provider if told else ""),
        source_id=row.text("id") or (told.id if told else ""),
        source_status=status,
        is_offline=status.lower() in _OFFLINE or bool(_BAD_STATUS.fullmatch(status.lower())),
        own=row.more(),
        skipped="The catalogue says that this camera was deleted." if row.text("deleted") else "",
        warnings=warnings,
    )


class _Row:
    """A row by the plain form of its names; the first of equal names counts."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values: dict[str, object] = {}
        for name, value in values.items():
            self._values.setdefault(plain_key(name), value)

    def text(self, field: str, *, avoid_links: bool = False) -> str:
        for value in self._said(field):
            text = clean(value)
            if text and not (avoid_links and "://" in text):
                return text
        return ""

    def truth(self, field: str) -> bool | None:
        return next(
            (said for value in self._said(field) if (said := truth(value)) is not None), None
        )

    def link(self, field: str) -> str:
        """Return the first absolute address."""
        every = (frame_address(address_of(value)) for value in self._said(field))
        return next((link for link in every if "://" in link), "")

    def address(self) -> str:
        """Return the first absolute address, else the first text, for the reason to name."""
        link = self.link("address")
        if link:
            return link
        fields = (name for name in _ALIASES["address"] if name not in {"address", "path", "source"})
        return next((text for name in fields if (text := address_of(self._values.get(name)))), "")

    def page(self) -> str:
        return self.link("embed")

    def kind(self) -> str | None:
        for value in self._said("kind"):
            kind = _KINDS.get(plain_key(clean(value)))
            if kind is not None:
                return kind.value
        return None

    def coordinates(self) -> tuple[object, object]:
        north = next((value for value in self._said("latitude") if _is_told(value)), None)
        east = next((value for value in self._said("longitude") if _is_told(value)), None)
        if north is None and east is None:
            for value in self._said("point"):
                pair = from_point(value)
                if pair is not None:
                    return pair
        return north, east

    def status(self) -> str:
        for value in self._said("status"):
            if isinstance(value, bool):
                return "online" if value else "offline"
            if clean(value):
                return clean(value, most=60)
        return ""

    def more(self) -> Mapping[str, object]:
        """Return headers that a playlist asks for, and what pins a certificate."""
        more: dict[str, object] = {}
        headers = self._values.get("headers")
        pairs = [_header(pair) for pair in headers] if isinstance(headers, list) else []
        if pairs and None not in pairs:
            more["headers"] = tuple(pairs)
        print_ = clean(self._values.get("sourcefingerprint")).replace(":", "")
        if re.fullmatch(r"[0-9A-Fa-f]{64}", print_):
            more["tls_fingerprint"] = print_.lower()
        return more

    def _said(self, field: str) -> Iterator[object]:
        for name in _ALIASES[field]:
            if name in self._values:
                yield self._values[name]


def _header(pair: object) -> tuple[str, str] | None:
    if not isinstance(pair, list) or len(pair) != 2:
        return None
    name, value = clean(pair[0], most=100), clean(pair[1], most=2_000)
    return (name, value) if name and value else None


def _is_told(value: object) -> bool:
    return isinstance(value, int | float) or clean(value) != ""


def _tls(text: str) -> str | None:
    return text.lower() if text.lower() in {"strict", "insecure"} else None


def _transport(text: str) -> str | None:
    word = text.lower()
    return (
        word if word in {"tcp", "udp"} else "automatic" if word in {"auto", "automatic"} else None
    )
