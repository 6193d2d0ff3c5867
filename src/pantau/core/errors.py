"""The nine kinds of trouble that callers may be told about; anything else is a bug."""

from typing import ClassVar


class Problem(Exception):  # noqa: N818  # the field's word: RFC 9457
    """A refusal with a stable `code`, a sentence that somebody can act on, and facts as keywords.

    `field` names the input that is wrong, where there is one.
    """

    status: ClassVar[int] = 500

    def __init__(
        self, code: str, sentence: str, *, field: str | None = None, **facts: object
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.field = field
        self.facts = facts
        self.is_told = False
        """Whether whoever found it has said so in the log: then nobody need say it again."""


class Invalid(Problem):
    """The input cannot mean anything.

    400 instead of 422: what existing clients of this API expect, duplicates included.
    """

    status = 400


class Unauthenticated(Problem):
    """Nobody is signed in."""

    status = 401


class Forbidden(Problem):
    """Somebody is known, and may not."""

    status = 403


class NotFound(Problem):
    """There is no such thing, or this visitor may not know of it."""

    status = 404


class Conflict(Problem):
    """The thing is not in a state that allows this."""

    status = 409


class Throttled(Problem):
    """Too often; try later."""

    status = 429


class Unsupported(Problem):
    """A format or a protocol that is not spoken here."""

    status = 415


class Exhausted(Problem):
    """A resource of this machine is used up."""

    status = 507


class Unavailable(Problem):
    """Something this depends on does not answer."""

    status = 503
