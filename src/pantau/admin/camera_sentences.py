"""Sentences of the cameras' services that pages show: listed here, so that catalogues have them."""

from collections.abc import Callable

Say = Callable[[str], str]


def camera_sentences(_: Say) -> tuple[str, ...]:
    """Return them in one language; `%(x)s` stands for what differs each time.

    A test compares the list with what services raise.
    """
    return (*_of_sources(_), *_of_masks(_), *_of_fields(_), *_of_looks(_), *_of_editing(_))


def _of_sources(_: Say) -> tuple[str, ...]:
    return (
        _("An address holds no spaces and no control characters."),
        _("An address begins with rtsp://, http:// or the like."),
        _("The address has no proper host and port."),
        _("The port must be a number from 1 to 65535."),
        _("Say where the pictures come from."),
        _("Files of this machine can be shown by its pantau.toml only."),
        _("This address begins with %(names)s."),
        _("This address is not allowed: %(why)s. The setting media.allowed_networks can allow it."),
        _("this machine"),
        _("link-local, where clouds keep secrets"),
        _("link-local"),
        _("where clouds keep secrets"),
        _("reserved"),
        _("multicast"),
        _("The address begins with rtsp://, rtsps://, http://, https://, ws:// or wss://."),
        _("The address of a camera of this kind begins with %(names)s"),
        _("A fingerprint (SHA-256) has 64 hexadecimal digits."),
        _("Only HLS can be relayed."),
        _("Only MJPEG is turned into video."),
        _("Headers go with HLS, MJPEG and FLV only."),
        _("A proxy goes with HLS, MJPEG and FLV only."),
    )


def _of_masks(_: Say) -> tuple[str, ...]:
    return (
        _("Type the password again: the stored one is for another address."),
        _("Type the password again: the stored one was not meant for this proxy."),
        _("Type the password: none is stored."),
        _("Type the value of %(name)s again: none is stored."),
        _("Send at most %(most)s headers."),
        _("This is no name of a header."),
        _("The header %(name)s is ours to send."),
        _("The header %(name)s is there twice."),
        _("Type the value of %(name)s: none is stored."),
        _("The value of %(name)s is too long or holds odd characters."),
        _("The stored headers are for another address. Type them again, or leave them out."),
    )


def _of_fields(_: Say) -> tuple[str, ...]:
    return (
        _("Give the camera a name."),
        _("0, 0 lies in the Atlantic. Give the true coordinates, or none."),
        _("A schedule has at most %(most)s windows."),
        _("Days are numbers from 1, Monday, to 7."),
        _("The schedule shows it late: say how late in delay_s."),
        _("A camera that is %(what)s cannot %(do)s."),
        _("A camera that gives single pictures cannot be recorded; have it encoded anew."),
        _("This text holds control characters."),
        _("Write at most %(most)s characters."),
        _("Write an address that begins with https:// or http://."),
        _("Degrees are from -%(most)s to %(same)s."),
        _("This is a whole number from %(least)s to %(most)s."),
        _("This is no number."),
        _("Choose one of the list."),
        _("pulled"),
        _("relayed"),
        _("somebody else's page"),
        _("known only"),
        _("be recorded"),
        _("be shown late"),
        _("be served with low latency"),
        _("Give each window a time at which it begins and ends."),
        _("Write one header a line: the name, a colon, the value."),
    )


def _of_looks(_: Say) -> tuple[str, ...]:
    return (
        _("The look at the camera took too long and was ended."),
        _("The look at the camera failed. Try again."),
        _("Several cameras are being looked at. Try again in a moment."),
        _("The visitor's browser opens this page itself; nothing here looks at it."),
        _("Streams over websockets cannot be played yet; ask the owner for an HLS address."),
    )


def _of_editing(_: Say) -> tuple[str, ...]:
    return (
        _("This moment has passed."),
        _("Say why, in one line of at most %(most)s characters."),
        _("There is no such area."),
        _("There is no such camera."),
        _("You may change cameras of your areas only."),
        _("This camera is in an area of somebody else."),
        _(
            "This camera is described in pantau.toml. Change it there and restart. "
            "Who sees it, and how, can be decided here."
        ),
        _("Name 1 to %(most)s cameras."),
    )
