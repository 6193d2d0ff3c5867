"""How the inbox calls its parts."""

from collections.abc import Mapping, Sequence

from pantau.admin.wording import Wording
from pantau.feedback.values import Category, Queue, Status


def queue_words(speak: Wording) -> Sequence[tuple[Queue, str]]:
    """Return the parts in the order of their chips."""
    return (
        ("unread", speak("Unread")),
        ("privacy", speak("To be taken down")),
        ("read", speak("Read")),
        ("resolved", speak("Settled")),
        ("all", speak("All")),
        ("spam", speak("Spam")),
    )


def status_words(speak: Wording) -> Mapping[Status, str]:
    """Return what a state is called."""
    return {"unread": speak("Unread"), "read": speak("Read"), "resolved": speak("Settled")}


def subject_words(speak: Wording) -> Mapping[Category, str]:
    """Return what messages are about."""
    return {
        "picture": speak("Picture"),
        "place": speak("Place"),
        "privacy": speak("Take-down request"),
        "idea": speak("Idea"),
        "other": speak("Other"),
    }
