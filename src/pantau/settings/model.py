"""The settings themselves: each field with its default, its limits and what it does."""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from pantau.core.units import Bytes, Seconds
from pantau.settings.recordings import RecordingSettings
from pantau.settings.release import ReleaseSettings
from pantau.settings.values import (
    Table,
    camera_address,
    database_address,
    http_address,
    known_zone,
    loopback_listener,
    network,
    rtsp_address,
    split,
    state_address,
    tile_address,
    web_origin,
)

DATABASE_FILE: Final = "pantau.db"
_LONGEST_SOCKET_PATH: Final = 100
_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}
_LONGEST_SOCKET_NAME: Final = len("/media-shard-999-hls.sock")


class MediaSettings(Table):
    """The media server: Pantau's own engine, or a MediaMTX that is there already."""

    api_url: Annotated[str, AfterValidator(http_address)] = ""
    """Control API of a MediaMTX to use instead of our own engine; empty: our own engine."""
    hls_url: Annotated[str, AfterValidator(http_address)] = ""
    """Where that MediaMTX serves HLS; needed together with `api_url`."""
    hls_secret: Annotated[str, Field(repr=False)] = ""
    """The `hlsCDNSecret` of that MediaMTX, from its version 1.18.1 on; empty: it has none."""
    rtsp_url: Annotated[str, AfterValidator(rtsp_address), Field(repr=False)] = ""
    """Where that MediaMTX serves RTSP, such as rtsp://127.0.0.1:8554, with its login if it wants
    one; what is recorded is read from there.  Empty: nothing is recorded beside a MediaMTX."""
    api_listen: Annotated[str, AfterValidator(loopback_listener)] = ""
    """Loopback address of our engine's control API; empty: unix socket only."""
    hls_listen: Annotated[str, AfterValidator(loopback_listener)] = ""
    """Loopback address on which our engine serves HLS; empty: unix socket only."""
    shard_size: Annotated[int, Field(ge=1, le=200)] = 50
    """How many cameras share one engine process; above 50 the tail delay grows quickly."""
    start_timeout_s: Annotated[Seconds, Field(ge=1, le=60)] = 10.0
    """How long a viewer of an on-demand camera waits for its first picture."""
    close_after_s: Annotated[Seconds, Field(ge=5, le=3600)] = 30.0
    """How long an on-demand camera stays connected after its last viewer left."""
    allowed_networks: Annotated[
        tuple[Annotated[str, AfterValidator(network)], ...], NoDecode, BeforeValidator(split)
    ] = ()
    """Networks that cameras may be in although they are refused by default: this machine
    (127.0.0.0/8, ::1), link-local addresses with the clouds' metadata services, multicast.
    Private networks are always allowed.  Counts for cameras that people add; what stands in the
    settings is trusted.  `--demo` adds this machine."""

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if bool(self.api_url) != bool(self.hls_url):
            raise ValueError("api_url and hls_url are set together or not at all")
        if self.rtsp_url and not self.api_url:
            raise ValueError("rtsp_url is for a MediaMTX: set api_url and hls_url as well")
        return self


class EdgeSettings(Table):
    """What stands between the media server and the viewers."""

    cache_bytes: Annotated[Bytes, Field(ge=2**20)] = 256 * 2**20
    """Memory for segments that viewers share; the oldest leave first."""
    hotlink_gate: bool = True
    """Refuse live playlists to players inside pages of other sites."""
    embed_origins: Annotated[
        tuple[Annotated[str, AfterValidator(web_origin)], ...], NoDecode, BeforeValidator(split)
    ] = ()
    """Other sites whose pages may show our live streams, such as https://news.example."""


class ThumbnailSettings(Table):
    """Small stills of the cameras."""

    fresh_s: Annotated[Seconds, Field(ge=1, le=3600)] = 5.0
    """How old a still of a live camera may be before the next visitor has it renewed."""
    warm_every_s: Annotated[Seconds, Field(ge=30, le=86_400)] = 300.0
    """How often a camera that nobody watches is opened for one new still."""


class SiteSettings(Table):
    """Who runs this hub, as its pages say it until an admin says otherwise."""

    name: Annotated[str, Field(min_length=1, max_length=60)] = "Pantau"
    """Name of the hub."""
    place: Annotated[str, Field(max_length=60)] = ""
    """Town or quarter that its cameras show."""
    map_tiles: Annotated[str, AfterValidator(tile_address)] = ""
    """Address of map tiles with {z}, {x} and {y}, such as https://tiles.example/{z}/{x}/{y}.png;
    empty: maps show a grid.  Visitors' browsers load them from there."""
    map_credit: Annotated[str, Field(max_length=200)] = ""
    """Whom the map's corner names, as the owner of the tiles asks for it."""


class CameraSettings(Table):
    """One camera."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    """What visitors read; without `id` the camera is also recognised by it after a restart."""
    source: Annotated[str, Field(max_length=500, repr=False), AfterValidator(camera_address)]
    """Where the pictures come from, with user name and password; never shown to anybody."""
    id: Annotated[int, Field(ge=1, le=2**31)] | None = None
    """Number in addresses and in the API; empty: the next free one, kept for ever."""
    stream_key: UUID | None = None
    """Public name of the live stream; empty: an unguessable one of this installation."""
    kind: (
        Literal["rtsp", "hls", "mjpeg", "flv", "embed", "mpegts_ws", "file", "testcard"] | None
    ) = None
    """What the source speaks; empty: told from its address."""
    relay: bool = False
    """HLS only: pass the owner's stream on as it is, instead of pulling it; cannot be recorded."""
    transport: Literal["automatic", "tcp", "udp"] = "automatic"
    """How RTSP carries the pictures; automatic takes TCP, then UDP when the camera refuses TCP."""
    encode: bool = False
    """MJPEG only: turn the pictures into H.264 video, which costs processor time."""
    tls_fingerprint: Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{64})?$")] = ""
    """SHA-256 of the only certificate to accept from the camera; empty: any."""
    description: Annotated[str, Field(max_length=500)] = ""
    """What the camera shows, in a sentence."""
    location: Annotated[str, Field(max_length=200)] = ""
    """Where it stands, as people say it."""
    area: Annotated[str, Field(max_length=100)] = ""
    """Name of the area it belongs to."""
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    """Degrees north, for the map."""
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    """Degrees east, for the map."""
    enabled: bool = True
    """Whether the public sees the camera at all."""
    status: Literal["active", "maintenance", "offline"] = "active"
    """What the operator announces, whatever the camera does."""
    on_demand: bool = True
    """Connect when somebody watches; false: stay connected, for a quicker first picture."""
    low_latency: bool = False
    """Serve parts of half a second, about two seconds behind life; costs more requests."""
    record: bool = False
    """Whether it is recorded from its first start on, where its kind can be; afterwards operators
    decide in the admin."""
    is_tunnel: bool = False
    """Reached through a tunnel; listed after the others."""


class DatabaseSettings(Table):
    """Where accounts, cameras and the audit trail are kept."""

    url: Annotated[str, Field(repr=False), AfterValidator(database_address)] = ""
    """postgresql://user:password@host/name; empty: a SQLite file in the data folder."""
    read_url: Annotated[str, Field(repr=False), AfterValidator(database_address)] = ""
    """A replica of that PostgreSQL for reading; empty: the same server."""
    readers: Annotated[int, Field(ge=1, le=64)] = 5
    """How many connections read side by side; one more writes."""
    wait_s: Annotated[Seconds, Field(ge=0.1, le=60)] = 5.0
    """How long a request waits for a free connection before it is refused with 503."""
    slow_s: Annotated[Seconds, Field(ge=0.001, le=60)] = 0.1
    """From how long on a statement is shown among the slow ones, without its values."""


class AccountSettings(Table):
    """Signing in."""

    session_s: Annotated[Seconds, Field(ge=300, le=30 * 86_400)] = 86_400.0
    """How long a sign-in lasts at most, whatever is renewed meanwhile."""
    access_s: Annotated[Seconds, Field(ge=60, le=86_400)] = 3_600.0
    """How long a session goes without being renewed."""
    refresh_grace_s: Annotated[Seconds, Field(ge=0, le=60)] = 5.0
    """How long a used refresh token still gets what its first use got: tabs refresh together."""
    password_days: Annotated[int, Field(ge=0, le=3650)] = 90
    """After how many days a password must be replaced; 0: never."""
    password_warn_days: Annotated[int, Field(ge=0, le=365)] = 14
    """How many days before that people are told."""


class LimitSettings(Table):
    """How often one address may ask, and how often it may guess."""

    public_per_minute: Annotated[int, Field(ge=1)] = 100
    """Requests to endpoints that anybody may use."""
    auth_per_minute: Annotated[int, Field(ge=1)] = 30
    """Requests to `/api/auth`, which cost the most."""
    admin_per_minute: Annotated[int, Field(ge=1)] = 60
    """Requests to endpoints of the admin."""
    reads_per_minute: Annotated[int, Field(ge=1)] = 3_000
    """Reads of public lists and pages, wide enough for the phones behind one carrier address."""
    key_per_minute: Annotated[int, Field(ge=1)] = 600
    """Requests with one API key, from wherever."""
    account_failures: Annotated[int, Field(ge=1, le=100)] = 5
    """Wrong passwords for one account before it is locked for devices that it does not know."""
    address_failures: Annotated[int, Field(ge=1, le=1000)] = 10
    """Wrong passwords from one address before it may not try any account."""
    failures_within_s: Annotated[Seconds, Field(ge=10, le=86_400)] = 900.0
    """How far back failures count."""
    account_lock_s: Annotated[Seconds, Field(ge=1, le=86_400)] = 1_800.0
    """How long an account stays locked after its last failure."""
    address_lock_s: Annotated[Seconds, Field(ge=1, le=86_400)] = 3_600.0
    """How long an address stays locked after its last failure."""


class AuditSettings(Table):
    """The record of who did what."""

    keep_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """After how many days entries leave."""


class AlertSettings(Table):
    """Messages about what goes on; whom they go to is set on the page of alerts."""

    telegram_api_url: Annotated[str, AfterValidator(http_address)] = ""
    """A Telegram Bot API server of your own, such as http://127.0.0.1:8081, which takes files of
    2 GB instead of 50 MB; empty: Telegram's."""


class CacheSettings(Table):
    """Answers kept ready in memory, beside the public lists, which always are."""

    most_entries: Annotated[int, Field(ge=1, le=1_000_000)] = 1_000
    """How many answers are kept; the least used leave first."""
    most_bytes: Annotated[Bytes, Field(ge=2**16)] = 32 * 2**20
    """How much memory they may take."""


class Settings(BaseSettings):
    """The whole configuration, from `pantau.toml` and `PANTAU_*` variables (which win)."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        env_prefix="PANTAU_",
        env_nested_delimiter="__",
        env_ignore_empty=True,
    )

    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 for every network of the machine."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 3000
    """Port to listen on; 0 lets the system choose one."""
    data_dir: Path = Path("data")
    """Folder for everything that must survive a restart."""
    runtime_dir: Path | None = None
    """Folder for sockets; empty: `run` in the data folder."""
    releases_dir: Path | None = None
    """Folder for the environments of releases, beside the link `current` to the one that runs;
    empty: `releases` in the data folder."""
    processes: Literal["auto", "together", "apart"] = "auto"
    """Whether the worker does its work inside the web process, which takes 50 MB less, or in one of
    its own, which many cameras need; auto: together for up to 16 cameras in a SQLite file.  Units
    of their own (`--only`) are always apart."""
    public_url: Annotated[str, AfterValidator(http_address)] = ""
    """Address at which visitors reach the hub, put before stream addresses in the API."""
    timezone: Annotated[str, AfterValidator(known_zone)] = "Asia/Jakarta"
    """Time zone of dates that people read, until an admin sets another; storage is UTC always."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least important message that is written."""
    log_format: Literal["auto", "json", "console"] = "auto"
    """JSON lines or text for people; auto: text on a terminal, JSON elsewhere."""
    drain_s: Annotated[Seconds, Field(ge=0, le=120)] = 5.0
    """How long a stopping process may finish what it has begun."""
    trusted_proxies: Annotated[
        tuple[Annotated[str, AfterValidator(network)], ...], NoDecode, BeforeValidator(split)
    ] = ("127.0.0.0/8", "::1/128")
    """Networks whose word about a visitor's address is believed."""
    client_address_header: Annotated[str, Field(pattern=r"^([A-Za-z][A-Za-z0-9-]{0,63})?$")] = ""
    """Header in which a trusted CDN tells the visitor's address, such as CF-Connecting-IP."""
    allowed_origins: Annotated[
        tuple[Annotated[str, AfterValidator(web_origin)], ...], NoDecode, BeforeValidator(split)
    ] = ()
    """Other sites whose pages may use the API with their visitors' sessions."""
    shared_state_url: Annotated[str, Field(repr=False), AfterValidator(state_address)] = ""
    """redis://… of a Valkey or Redis that several web processes share; empty: this process only."""
    database: DatabaseSettings = DatabaseSettings()
    """The database."""
    accounts: AccountSettings = AccountSettings()
    """Signing in."""
    limits: LimitSettings = LimitSettings()
    """Limits of one address."""
    audit: AuditSettings = AuditSettings()
    """The audit trail."""
    cache: CacheSettings = CacheSettings()
    """Cached answers."""
    media: MediaSettings = MediaSettings()
    """The media server."""
    edge: EdgeSettings = EdgeSettings()
    """The cache in front of it."""
    thumbnails: ThumbnailSettings = ThumbnailSettings()
    """Stills."""
    recordings: RecordingSettings = RecordingSettings()
    """Footage."""
    alerts: AlertSettings = AlertSettings()
    """Messages."""
    release: ReleaseSettings = ReleaseSettings()
    """How releases are judged."""
    site: SiteSettings = SiteSettings()
    """The hub's name and place."""
    cameras: tuple[CameraSettings, ...] = ()
    """The cameras, one table each."""

    @model_validator(mode="after")
    def _cameras_are_distinct(self) -> Self:
        _refuse_doubles("name", (camera.name.casefold() for camera in self.cameras))
        _refuse_doubles("id", (camera.id for camera in self.cameras if camera.id))
        keys = (camera.stream_key for camera in self.cameras if camera.stream_key)
        _refuse_doubles("stream_key", keys)
        return self

    @property
    def releases_folder(self) -> Path:
        """Folder of the environments of releases, absolute."""
        return (self.releases_dir or self.data_dir / "releases").absolute()

    @property
    def own_address(self) -> str:
        """Where this machine reaches the hub without any proxy."""
        host = _EVERYWHERE.get(self.host, self.host)
        host = f"[{host}]" if ":" in host and not host.startswith("[") else host
        return f"http://{host}:{self.port}"

    @property
    def database_file(self) -> Path | None:
        """The SQLite file, which need not be there yet; None: a PostgreSQL server."""
        return None if self.database.url else self.data_dir / DATABASE_FILE

    @property
    def sockets_dir(self) -> Path:
        """Folder of the unix sockets, short enough for them (the kernel allows 107 bytes)."""
        chosen = (self.runtime_dir or self.data_dir / "run").absolute()
        if len(str(chosen)) + _LONGEST_SOCKET_NAME <= _LONGEST_SOCKET_PATH:
            return chosen
        mark = hashlib.sha256(str(chosen).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"pantau-{mark}"


def _refuse_doubles(field: str, values: Iterable[object]) -> None:
    doubles = [value for value, times in Counter(values).items() if times > 1]
    if doubles:
        raise ValueError(f"two cameras have the same {field}: {doubles[0]}")
