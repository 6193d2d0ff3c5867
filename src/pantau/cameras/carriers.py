"""What can be done with a camera's source, as far as this process knows it."""

from pantau.cameras.capabilities import Capabilities, Carrier, SourceKind, capabilities_of, kind_of
from pantau.cameras.models import CameraSource


def capabilities_for(source: CameraSource) -> Capabilities:
    """Return what can be done; of a source without kind and address, that the engine pulls it."""
    return capabilities_of(kind_in(source), relayed=source.relay, encoded=source.encode)


def kind_in(source: CameraSource) -> SourceKind:
    """Return what a source speaks; without kind and address, what is most likely."""
    kind = SourceKind(source.kind) if source.kind else kind_of(source.url)
    if kind is None:
        return SourceKind.HLS if source.relay else SourceKind.RTSP
    return kind


def kind_to_keep(url: str, stated: str | None) -> str | None:
    """Return what is stored of a kind: nothing where the address tells, and who needs it opens it.

    That nobody can play a stream is also for those to know who never see its address.
    """
    if stated is not None:
        return stated
    told = kind_of(url)
    return told if told and capabilities_of(told).carrier is Carrier.NOBODY else None


def is_opened_by_the_web(kind: str | None, relay: bool) -> bool:  # noqa: FBT001  # as rows have it
    """Tell whether a web process needs the address of such a source: it relays or frames it."""
    if kind is None:
        return relay
    return capabilities_of(SourceKind(kind), relayed=relay).carrier in {
        Carrier.RELAY,
        Carrier.PAGE,
    }
