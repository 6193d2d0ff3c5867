"""What the health board says: states, and what our own faults are."""

from collections.abc import Callable, Mapping

Say = Callable[[str], str]


def health_words(_: Say) -> Mapping[str, str]:
    """Return what the states are called."""
    return {
        "online": _("On"),
        "degraded": _("Poor picture"),
        "offline": _("Offline"),
        "dead": _("Gone at its source"),
        "unknown": _("Not known"),
    }


def alarm_words(_: Say) -> Mapping[str, tuple[str, str]]:
    """Return a title and an explanation for each kind of alarm."""
    return {
        "media_server": (
            _("The media server does not answer"),
            _("No camera counts as offline because of that. Look at its service and its log."),
        ),
        "our_network": (
            _("Most cameras fell silent at once"),
            _(
                "Cameras of several hosts at the same moment: this looks like our own network. "
                "Check the switch, the router and the line of this server."
            ),
        ),
        "sweep_late": (
            _("Cameras are not looked at in time"),
            _("What this page shows may be old. Look at the worker's log."),
        ),
    }
