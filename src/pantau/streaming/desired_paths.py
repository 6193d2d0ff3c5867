"""Which paths the media server must have for the cameras of this hub, and how each must be."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pantau.cameras.capabilities import Carrier, SourceKind, kind_of
from pantau.cameras.carriers import capabilities_for
from pantau.cameras.models import Camera
from pantau.core.ids import CameraId
from pantau.mediaserver import go_durations
from pantau.streaming.media_reports import Failure

_NANOSECONDS: Final = 1_000_000_000
_WITH_PATH: Final = frozenset({Carrier.ENGINE, Carrier.RELAY})
_MEDIAMTX_KINDS: Final = frozenset({SourceKind.RTSP, SourceKind.HLS})
_UNSUPPORTED_KIND: Final = Failure(
    "media_server.unsupported_source",
    "This media server cannot pull this kind of source. Pantau's own can.",
)
_UNSUPPORTED_OPTIONS: Final = Failure(
    "media_server.unsupported_options",
    "This media server knows no headers, proxies and unchecked certificates. Pantau's own does.",
)


@dataclass(frozen=True, slots=True)
class OnDemandTimes:
    """How long on-demand paths may take to start, and stay after their last reader."""

    start_timeout_s: float = 10.0
    close_after_s: float = 30.0


@dataclass(frozen=True, slots=True)
class RecordWish:
    """That a camera is to be recorded at this moment."""

    sound: bool = True


RecordWishes = Callable[[Camera], RecordWish | None]
"""Says of each camera whether it is to be recorded now; cheap, as it is asked at every look."""


@dataclass(frozen=True, slots=True)
class DesiredPaths:
    """What a media server must have."""

    confs: Mapping[str, Mapping[str, Any]]
    refused: Mapping[str, Failure]
    """Paths that this kind of server cannot have."""
    cameras: Mapping[str, int]


def no_wish(_: Camera) -> None:
    """Say that nothing is recorded."""


def has_path(camera: Camera) -> bool:
    """Tell whether the media server pulls it, whoever is shown it: operators see every camera.

    A relayed one has a path too, for stills and for looking at its picture.
    """
    return camera.enabled and capabilities_for(camera.source).carrier in _WITH_PATH


def unsupported(camera: Camera) -> Failure | None:
    """Return why a media server that is not ours cannot pull a camera; None where it can."""
    source = camera.source
    kind = SourceKind(source.kind) if source.kind else kind_of(source.url)
    if kind not in _MEDIAMTX_KINDS:
        return _UNSUPPORTED_KIND
    is_unchecked = source.tls == "insecure" and not source.tls_fingerprint
    return _UNSUPPORTED_OPTIONS if source.headers or source.proxy or is_unchecked else None


def path_conf(
    camera: Camera, times: OnDemandTimes, *, is_ours: bool, record: RecordWish | None = None
) -> dict[str, Any]:
    """Return the path configuration that `camera` asks for; `is_ours` adds our engine's own keys.

    The other keys are in every MediaMTX from 1.9 to 1.20: one that it does not know would make it
    refuse the whole path.  Holds the camera's address with its password.
    """
    source, can = camera.source, capabilities_for(camera.source)
    delay_s = camera.decision.delay_s if can.delay and is_ours else 0
    is_recorded = record is not None and can.record
    is_always_on = delay_s > 0 or is_recorded or (camera.recorded and can.record)
    conf: dict[str, Any] = {
        "source": source.url,
        "sourceOnDemand": source.relay or (camera.on_demand and not is_always_on),
        "sourceOnDemandStartTimeout": _duration(times.start_timeout_s),
        "sourceOnDemandCloseAfter": _duration(times.close_after_s),
        "sourceFingerprint": source.tls_fingerprint,
        "rtspTransport": source.transport,
    }
    if is_ours:
        conf |= {
            "pantauKind": source.kind or "",
            "pantauEncode": source.encode,
            "pantauLowLatency": camera.low_latency,
            "pantauDelay": _duration(delay_s),
            "pantauGuarded": not source.trusted,
            "pantauHeaders": [f"{name}: {value}" for name, value in source.headers],
            "pantauTls": source.tls,
            "pantauProxy": source.proxy,
            "pantauRecord": is_recorded,
            "pantauRecordAs": camera.id if is_recorded else 0,
            "pantauRecordSound": record is None or record.sound,
        }
    return conf


def all_paths(
    cameras: Sequence[Camera],
    times: OnDemandTimes,
    wishes: Mapping[CameraId, RecordWish],
    *,
    is_ours: bool,
) -> DesiredPaths:
    """Return the paths of all `cameras`, as a media server needs them that shows them."""
    confs: dict[str, Mapping[str, Any]] = {}
    refused: dict[str, Failure] = {}
    numbers: dict[str, int] = {}
    for camera in cameras:
        numbers[camera.stream_key] = camera.id
        failure = None if is_ours else unsupported(camera)
        if failure is None:
            confs[camera.stream_key] = path_conf(
                camera, times, is_ours=is_ours, record=wishes.get(camera.id)
            )
        else:
            refused[camera.stream_key] = failure
    return DesiredPaths(confs, refused, numbers)


def recorded_paths(
    rtsp_url: str, cameras: Sequence[Camera], wishes: Mapping[CameraId, RecordWish]
) -> DesiredPaths:
    """Return the paths that our engine needs beside a MediaMTX: those to be recorded, no more.

    They are read from that server's RTSP side, `rtsp_url`, so that a camera sees one session.
    """
    recorded = [camera for camera in cameras if camera.id in wishes]
    return DesiredPaths(
        {
            camera.stream_key: {
                "source": f"{rtsp_url}/{camera.stream_key}",
                "sourceOnDemand": False,
                # What the server hands on is on the way already: nothing of it may be lost.
                "rtspTransport": "tcp",
                "pantauKind": "rtsp",
                "pantauRelayed": True,
                "pantauRecord": True,
                "pantauRecordAs": camera.id,
                "pantauRecordSound": wishes[camera.id].sound,
            }
            for camera in recorded
        },
        {},
        {camera.stream_key: camera.id for camera in recorded},
    )


def _duration(duration_s: float) -> str:
    return go_durations.format_ns(round(duration_s * _NANOSECONDS))
