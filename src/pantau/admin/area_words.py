"""Sentences about areas and the media server that pages repeat: listed, so that they are
translated.
"""

from collections.abc import Callable, Mapping

from pantau.streaming.media_reports import What

Say = Callable[[str], str]


def area_sentences(_: Say) -> tuple[str, ...]:
    """Return what services say of areas; a test compares the list with them."""
    return (
        _("There is no such area."),
        _("There is an area of this name already."),
        _("Another area has this address already."),
        _("Choose another area than this one."),
        _("Give latitude and longitude, or neither."),
        _("0, 0 is a place in the sea. Leave both empty instead."),
        _("This area still has cameras. Move them or join it with another area first."),
        _("Your account is not for this area. Ask an admin."),
        _("Your account is limited to some areas. Ask an admin to add one."),
        _(
            "Cameras of pantau.toml or of the demo name this area. Change it there, or take them "
            "out first."
        ),
        _("An area needs a name of 1 to 100 characters."),
        _("At most 100 characters."),
        _("At most 500 characters."),
        _("Degrees from -90 to 90, such as -7.15."),
        _("Degrees from -180 to 180, such as -7.15."),
        _("An address has lower-case letters and digits, with single hyphens between."),
    )


def media_sentences(_: Say) -> tuple[str, ...]:
    """Return what services say of the media server."""
    return (
        _("The media server does not answer in time."),
        _("The media server cannot be reached."),
        _("The media server does not let us use its control API."),
        _("The media server gives an answer without sense."),
        _("The media server's list has no end."),
        _("The media server's answer never ends."),
        _("The media server refuses this."),
        _("This media server cannot pull this kind of source. Pantau's own can."),
        _(
            "This media server knows no headers, proxies and unchecked certificates. Pantau's own "
            "does."
        ),
        _(
            "The worker does not answer, so that nothing could be compared. Look at its log and "
            "start it."
        ),
    )


def corrections(_: Say) -> Mapping[What, str]:
    """Return what was wrong with a path."""
    return {
        "missing": _("The path was missing."),
        "different": _("The path was set up differently."),
        "forced": _("Put again although it was right."),
        "unwanted": _("Left over from a camera that is gone or off."),
    }


def keys(_: Say) -> Mapping[str, str]:
    """Return what the keys of a path configuration are about."""
    return {
        "source": _("address"),
        "sourceOnDemand": _("on demand"),
        "sourceOnDemandStartTimeout": _("time to start"),
        "sourceOnDemandCloseAfter": _("time until it ends"),
        "sourceFingerprint": _("certificate"),
        "rtspTransport": _("transport"),
        "pantauKind": _("kind"),
        "pantauEncode": _("encoding"),
        "pantauLowLatency": _("low latency"),
        "pantauDelay": _("delay"),
        "pantauGuarded": _("network guard"),
        "pantauHeaders": _("headers"),
        "pantauTls": _("certificate check"),
        "pantauProxy": _("proxy"),
    }
