"""How asking the owner's server can fail, and what viewers are told of it."""

from typing import Final

from pantau.core.errors import NotFound, Problem, Unavailable
from pantau.streaming.origin_problems import BadOrigin
from pantau.streaming.relay.evidence import Outcome

WORTH_ANOTHER_TRY: Final = frozenset({Outcome.FAILING, Outcome.UNREACHABLE})
"""What may be better a moment later.  A refusal is not (lesson M23)."""
MAY_BE_BRIDGED: Final = WORTH_ANOTHER_TRY | {Outcome.SLOW, Outcome.BUSY, Outcome.BROKEN}
"""When the last good playlist is served in place of the one that cannot be had (lesson M16)."""
MAY_HAVE_MOVED: Final = frozenset({Outcome.GONE, Outcome.REFUSED})
"""When another address may stand in the playlist by now: tokens end, servers change."""

_SENTENCES: Final[dict[Outcome, tuple[str, str]]] = {
    Outcome.GOOD: ("broken", "The owner of this camera sends no usable stream."),
    Outcome.GONE: ("gone", "The owner of this camera does not offer its stream at the moment."),
    Outcome.REFUSED: ("refused", "The owner's server does not let us have the picture."),
    Outcome.BUSY: ("busy", "The owner's server asks us to come back later."),
    Outcome.FAILING: ("failing", "The owner's server has a problem."),
    Outcome.UNREACHABLE: ("unreachable", "The owner's server cannot be reached."),
    Outcome.SLOW: ("slow", "The owner's server takes too long to answer."),
    Outcome.BROKEN: ("broken", "The owner of this camera sends no usable stream."),
    Outcome.NOT_ALLOWED: ("not_allowed", "The stream leads to an address that is not allowed."),
}


class RelayFailure(Exception):  # noqa: N818  # what happened, not a class of errors
    """The owner's server gave nothing; `outcome` says how.  Holds no word of the server."""

    def __init__(self, outcome: Outcome, *, code: str = "", sentence: str = "") -> None:
        said_code, said_sentence = _SENTENCES[outcome]
        super().__init__(outcome.value)
        self.outcome = outcome
        self.code = f"stream.relay_{code or said_code}"
        self.sentence = sentence or said_sentence

    def of_playlist(self) -> Problem:
        """Return what is told to who asks for a playlist: waiting may help."""
        kind = BadOrigin if self.outcome is Outcome.BROKEN else Unavailable
        return kind(self.code, self.sentence, retry_after_s=5)

    def of_piece(self) -> Problem:
        """Return what is told to who asks for a segment or a key."""
        if self.outcome is Outcome.GONE:
            return NotFound("stream.no_such_file", "This piece of the stream is gone.")
        return self.of_playlist()


def encrypted() -> RelayFailure:
    """Return the failure of a stream that only players with a licence can show."""
    return RelayFailure(
        Outcome.BROKEN,
        code="encrypted",
        sentence="The stream is protected by its owner and cannot be shown here.",
    )
