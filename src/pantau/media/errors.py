"""Why a camera gives no picture, in words an operator can act on."""

from enum import StrEnum
from typing import Final


class Cause(StrEnum):
    """One word for each way in which a source fails; stable: rules and translations use it."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    LOGIN_REFUSED = "login_refused"
    BUSY = "busy"
    NOT_FOUND = "not_found"
    NOT_MEDIA = "not_media"
    REDIRECTED = "redirected"
    NO_VIDEO = "no_video"
    NO_PICTURE = "no_picture"
    UNSUPPORTED = "unsupported"
    STALLED = "stalled"
    CLOSED = "closed"
    BROKEN = "broken"
    TOO_LARGE = "too_large"
    INSECURE = "insecure"
    CRASHED = "crashed"
    NOT_ALLOWED = "not_allowed"


SENTENCES: Final[dict[Cause, str]] = {
    Cause.UNREACHABLE: (
        "The camera's address cannot be reached. Check its power, cable and IP address."
    ),
    Cause.REFUSED: "The address answers, but nothing listens on that port. Check the port number.",
    Cause.TIMED_OUT: "The camera accepted the connection and then did not answer in time.",
    Cause.LOGIN_REFUSED: "The camera refused the user name or password.",
    Cause.BUSY: (
        "The camera has no free session. Close other viewers of it or wait for it to drop old ones."
    ),
    Cause.NOT_FOUND: "The camera does not know this stream path.",
    Cause.NOT_MEDIA: "What answers at this address is not a camera stream of the chosen kind.",
    Cause.REDIRECTED: (
        "The camera redirects to another address, which is not followed. "
        "Enter that address instead."
    ),
    Cause.NO_VIDEO: "The stream carries no video.",
    Cause.NO_PICTURE: "The stream runs, but no complete picture has arrived.",
    Cause.UNSUPPORTED: (
        "The camera sends a video format that cannot be shown. Set it to H.264 or H.265."
    ),
    Cause.STALLED: "The camera stopped sending while the connection stayed open.",
    Cause.CLOSED: "The camera closed the connection.",
    Cause.BROKEN: "The camera sends data that cannot be read.",
    Cause.TOO_LARGE: "The camera sends more data for one picture than is allowed.",
    Cause.INSECURE: "The camera's certificate is not trusted.",
    Cause.CRASHED: "Decoding this camera crashed the engine; it is parked to protect the others.",
    Cause.NOT_ALLOWED: (
        "This address is closed to cameras: it leads to this server or to a reserved network. "
        "An administrator can open it in the settings (media.allowed_networks)."
    ),
}


class SourceError(Exception):
    """A source cannot go on.  `detail` is for operators and logs: no URL, no credential."""

    def __init__(self, cause: Cause, detail: str = "") -> None:
        super().__init__(f"{cause}: {detail}" if detail else str(cause))
        self.cause = cause
        self.detail = detail

    @property
    def sentence(self) -> str:
        """What to tell the operator."""
        return SENTENCES[self.cause]
