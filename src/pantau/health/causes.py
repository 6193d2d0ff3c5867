"""Why a camera is not well, as stable words and as sentences that somebody can act on."""

from collections.abc import Callable, Mapping
from typing import Final

from pantau.media.errors import Cause

FROZEN: Final = "frozen"
BLACK: Final = "black"
COVERED: Final = "covered"
PICTURES: Final = frozenset({FROZEN, BLACK, COVERED})
"""What is wrong with pictures that do come."""
UNSTEADY: Final = "unsteady"
ENDED: Final = "ended"
GONE: Final = "gone"
STOPPED: Final = "stopped"
FORBIDDEN: Final = "forbidden"
SERVER_ERROR: Final = "server_error"
NOT_READY: Final = "not_ready"

MEDIA_SERVER: Final = "media_server"
OUR_NETWORK: Final = "our_network"
SWEEP_LATE: Final = "sweep_late"
MAINTENANCE: Final = "maintenance"
ANNOUNCED: Final = "announced"
DISABLED: Final = "disabled"
NOT_MEASURABLE: Final = "not_measurable"
RESTING: Final = frozenset({MAINTENANCE, ANNOUNCED, DISABLED, NOT_MEASURABLE})
"""Why a camera is not looked at at all."""
NOT_CHECKED: Final = "not_checked"
NOT_WATCHED: Final = "not_watched"

Say = Callable[[str], str]


def sentences(_: Say) -> Mapping[str, str]:
    """Return every cause with its sentence, in the language of `_`."""
    return {**_of_the_engine(_), **_own(_)}


def _of_the_engine(_: Say) -> Mapping[str, str]:
    """Repeat what the engine says, so that catalogues translate it; a test compares the two."""
    return {
        Cause.UNREACHABLE: _(
            "The camera's address cannot be reached. Check its power, cable and IP address."
        ),
        Cause.REFUSED: _(
            "The address answers, but nothing listens on that port. Check the port number."
        ),
        Cause.TIMED_OUT: _("The camera accepted the connection and then did not answer in time."),
        Cause.LOGIN_REFUSED: _("The camera refused the user name or password."),
        Cause.BUSY: _(
            "The camera has no free session. Close other viewers of it or wait for it to drop old "
            "ones."
        ),
        Cause.NOT_FOUND: _("The camera does not know this stream path."),
        Cause.NOT_MEDIA: _(
            "What answers at this address is not a camera stream of the chosen kind."
        ),
        Cause.REDIRECTED: _(
            "The camera redirects to another address, which is not followed. "
            "Enter that address instead."
        ),
        Cause.NO_VIDEO: _("The stream carries no video."),
        Cause.NO_PICTURE: _("The stream runs, but no complete picture has arrived."),
        Cause.UNSUPPORTED: _(
            "The camera sends a video format that cannot be shown. Set it to H.264 or H.265."
        ),
        Cause.STALLED: _("The camera stopped sending while the connection stayed open."),
        Cause.CLOSED: _("The camera closed the connection."),
        Cause.BROKEN: _("The camera sends data that cannot be read."),
        Cause.TOO_LARGE: _("The camera sends more data for one picture than is allowed."),
        Cause.INSECURE: _("The camera's certificate is not trusted."),
        Cause.CRASHED: _(
            "Decoding this camera crashed the engine; it is parked to protect the others."
        ),
        "not_allowed": _(
            "This address is closed to cameras: it leads to this server itself or to a reserved "
            "network. An administrator can open it in the settings (media.allowed_networks)."
        ),
    }


def _own(_: Say) -> Mapping[str, str]:
    return {
        FROZEN: _("The picture stands still although the camera sends. Restart the camera."),
        BLACK: _("The picture is black. Check the lens, the light and the night mode."),
        COVERED: _("The picture shows one colour only: something covers the lens."),
        UNSTEADY: _("It comes and goes. Check its cable, radio link or power supply."),
        ENDED: _("The owner of this stream has ended it."),
        GONE: _("The stream's address does not exist any more. Ask its owner for another one."),
        STOPPED: _("The stream answers, but its newest piece has been the same for long."),
        FORBIDDEN: _("The owner's server does not let us in. It may ask for headers of its own."),
        SERVER_ERROR: _("The owner's server has a fault."),
        NOT_READY: _("The media server has no picture of it."),
        MEDIA_SERVER: _("The media server did not answer, so nothing is known of this camera."),
        OUR_NETWORK: _("The hub's own network was down, so nothing is known of this camera."),
        SWEEP_LATE: _("The check itself was late, so nothing is known of this camera."),
        MAINTENANCE: _("It is in maintenance and not checked."),
        ANNOUNCED: _("An operator has declared it offline."),
        DISABLED: _("It is disabled and not checked."),
        NOT_MEASURABLE: _("Cameras of this kind cannot be checked from here."),
        NOT_CHECKED: _("Nothing has been seen of it lately."),
        NOT_WATCHED: _("Pantau was not running, so nothing is known."),
    }


SENTENCE_OF: Final[Mapping[str, str]] = sentences(str)
"""The same in English, for programs."""

OF_THE_NETWORK: Final = frozenset(
    str(cause) for cause in (Cause.UNREACHABLE, Cause.TIMED_OUT, Cause.STALLED, Cause.CLOSED)
)
"""Failures that our own network can cause; a refused login, say, proves that it works."""
