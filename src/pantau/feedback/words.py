"""What this family says to visitors and to the reference's client, by code.

Its answers are Indonesian, as existing clients show them; pages say the same in their language.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeVar

from pantau.core.errors import Problem
from pantau.ui.i18n import Texts

_Problem = TypeVar("_Problem", bound=Problem)


def sentences(_: Callable[[str], str]) -> Mapping[str, str]:
    """Return every sentence by its code."""
    return {
        "feedback.message": _("Write 10 to 1000 characters."),
        "feedback.name": _("At most 100 characters."),
        "feedback.email": _("This is no e-mail address."),
        "feedback.phone": _("This is no telephone number."),
        "feedback.category": _("Choose one of the subjects."),
        "feedback.camera": _("There is no such camera."),
        "feedback.moment": _("This is no moment. Write date and time."),
        "feedback.future": _("This moment has not come yet."),
        "feedback.letters": _("Leave control characters out."),
        "feedback.text": _("Write a text."),
        "feedback.contact": _(
            "Leave an e-mail address or a telephone number: we have to ask you back about this."
        ),
        "feedback.status": _("The state is unread, read or resolved."),
        "feedback.notes": _("At most 2000 characters."),
        "feedback.off": _("This hub takes no messages at the moment."),
        "feedback.often": _("You have sent several messages already. Try again in an hour."),
        "feedback.full": _("Too many messages wait to be read. Try again later."),
        "feedback.unknown": _("There is no such message."),
        "feedback.other_area": _("This message is about a camera in an area of somebody else."),
        "feedback.sent": _("Thank you. Your message has been sent."),
        "feedback.changed": _("The message was changed."),
        "feedback.deleted": _("The message was deleted."),
        "votes.off": _("Nobody can vote on this hub at the moment."),
        "votes.often": _("Too many votes from this address. Try again later."),
        "votes.unknown": _("There is no such camera."),
    }


@lru_cache(maxsize=1)
def in_indonesian() -> Mapping[str, str]:
    """Return them as the reference's client shows them."""
    return sentences(Texts("id").gettext)


@lru_cache(maxsize=1)
def in_english() -> Mapping[str, str]:
    """Return them as they stand in the source."""
    return sentences(str)


def told(problem: _Problem) -> _Problem:
    """Return a problem of this family in Indonesian; another one as it is."""
    sentence = in_indonesian().get(problem.code, problem.sentence)
    return type(problem)(problem.code, sentence, field=problem.field, **problem.facts)
