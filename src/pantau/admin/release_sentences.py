"""The sentences of the desk of releases, so that they are translated."""

from collections.abc import Callable

Say = Callable[[str], str]


def release_sentences(_: Say) -> tuple[str, ...]:
    """Return what judging from a page can say."""
    return (
        _("A verdict is on its way already."),
        _("The verdict cannot be kept: the disk may be full."),
    )
