"""Sentences of the recordings' services that pages show, listed so that catalogues have them."""

from collections.abc import Callable

Say = Callable[[str], str]


def recording_sentences(_: Say) -> tuple[str, ...]:
    """Return them in one language; `%(x)s` stands for what differs each time.

    A test compares the list with what services raise.
    """
    return (*_of_recorders(_), *_of_keeping(_), *_of_clips(_))


def _of_recorders(_: Say) -> tuple[str, ...]:
    return (
        _("This camera is not in operation. Enable it first."),
        _("This camera is not recorded. Start it instead."),
        _("There is no such camera any more."),
        _("Nobody was there to do it in time. Ask again."),
        _("The camera is not set to be recorded."),
        _("The camera is set to be recorded."),
        _("It is recorded as soon as its schedule, its source and its switch allow it."),
        _("This is a whole number from %(least)s to %(most)s."),
        _("Give a number above zero, or nothing."),
        _("Give date and time."),
        _("Choose a camera."),
    )


def _of_keeping(_: Say) -> tuple[str, ...]:
    return (
        _("The end must come after the beginning."),
        _("Say why, in 1 to %(most)s characters."),
        _("That moment has passed."),
        _("There are %(most)s holds already. Release what is not needed any more."),
        _("There is no such hold."),
        _("This hold has ended already."),
        _("Some of this footage is held. Release it first, or choose another time."),
        _("That is too much at once. Choose a shorter time."),
        _("There is no such area."),
        _("Your account is limited to some areas. Ask an admin to limit one."),
        _("This is a whole number of bytes from 1 to %(most)s."),
        _("Say what an added camera writes: nothing was measured yet."),
    )


def _of_clips(_: Say) -> tuple[str, ...]:
    return (
        _("Nothing was recorded in this time."),
        _("Nothing was recorded in this time, or it has been deleted since."),
        _("The recordings of this time cannot be read."),
        _("The recordings changed while they were copied, again and again."),
        _("Writing to the disk failed. Check that it is not full."),
        _("The archive that has these recordings does not answer."),
        _("Making this ended in the middle several times, and was given up."),
        _("This has not happened yet."),
        _("A clip may be at most %(most)s hours long."),
        _("The speed must be from %(least)s to %(most)s."),
        _("Too many clips wait already. Try again later."),
        _(
            "All clips together would take more than is allowed for them. "
            "Delete some, or ask for less."
        ),
        _("How much room the disk has cannot be read."),
        _("There is not enough room on the disk for this. Ask for less."),
        _("There is no such clip."),
        _("There is no such file."),
        _("There is no such link."),
        _("This clip is not being made any more."),
        _("Only a finished clip can be shared."),
        _("This clip has too many links already."),
        _("Choose 1 to %(most)s hours."),
        _("Choose 1 to %(most)s downloads."),
    )
