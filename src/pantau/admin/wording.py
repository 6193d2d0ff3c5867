"""How the admin says what services report: in the reader's language, whole sentences."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from pantau.accounts.passwords.rules import Rule
from pantau.admin.backup_sentences import backup_sentences, content_sentences, restore_sentences
from pantau.admin.camera_sentences import camera_sentences
from pantau.admin.happenings import facts_of_releases, happenings
from pantau.admin.recordings_sentences import recording_sentences
from pantau.admin.release_sentences import release_sentences
from pantau.admin.sentences import known_sentences, password_rules, scopes
from pantau.core.errors import Problem
from pantau.ui.i18n import Language, Texts
from pantau.ui.render import Pages

_THING: Final = re.compile(
    r"(user|camera|area|api key|playback token|release)( \d+\b.*)", re.DOTALL
)
_GAP: Final = re.compile(r"%\\\((\w+)\\\)s")
"""`%(name)s` as `re.escape` writes it."""
Mistakes = Mapping[str, tuple[str, ...]]
"""What is wrong, by field; under "" what concerns the whole form."""


class Wording:
    """The words of one language."""

    def __init__(self, texts: Texts, pages: Pages) -> None:
        _ = texts.gettext
        self._texts: Final = texts
        self._pages = pages
        self._sentences = dict.fromkeys(known_sentences(_))
        self._patterns = _patterns(_telling(str), _telling(_))
        self._happenings = happenings(_)
        self._facts = facts_of_releases(_)
        self.rules: Final[Mapping[Rule, str]] = password_rules(_)
        self.scopes: Final[Mapping[str, str]] = scopes(_)
        self.roles: Final[Mapping[str, str]] = {
            "admin": _("Admin"),
            "operator": _("Operator"),
            "viewer": _("Observer"),
        }
        self._states: Final[Mapping[str, str]] = {
            "live": _("On"),
            "connecting": _("Connecting"),
            "offline": _("Offline"),
            "unknown": _("Not checked yet"),
            "maintenance": _("Maintenance"),
        }
        self._things: Final[Mapping[str, str]] = {
            "user": _("user"),
            "camera": _("camera"),
            "area": _("area"),
            "api key": _("API key"),
            "playback token": _("playback token"),
            "release": _("release"),
        }
        self._parts: Final[Mapping[str, str]] = {
            "media_server": _("Media server"),
            "worker": _("Worker"),
            "camera_health": _("Looks at cameras"),
            "recordings_storage": _("Room for footage"),
            "disk": _("Disk"),
            "database": _("Database"),
        }

    @property
    def language(self) -> Language:
        """The language, for numbers and dates."""
        return self._texts.language

    def __call__(self, text: str) -> str:
        """Return `text` in this language; Python code asks here, templates have `_`."""
        return self._texts.gettext(text)

    def ngettext(self, one: str, many: str, number: int) -> str:
        """Return the form of a text that fits the number, filled in as `%(num)s`."""
        return self._texts.ngettext(one, many, number) % {"num": number}

    def sentence(self, english: str) -> str:
        """Return a sentence of a service; one that nobody translated stays as it is."""
        said = self._texts.gettext(english)
        if said != english:
            return said
        for pattern, translated in self._patterns:
            found = pattern.fullmatch(english)
            if found:
                parts = {
                    name: self._texts.gettext(part) for name, part in found.groupdict().items()
                }
                return translated % parts
        return english

    def mistakes(self, problem: Problem, *, known: tuple[str, ...]) -> Mistakes:
        """Return what to write beside the fields; `known` are those that the form has."""
        field = problem.field if problem.field in known else ""
        sentences = problem.facts.get("sentences", (problem.sentence,))
        every = sentences if isinstance(sentences, tuple) else (problem.sentence,)
        return {field or "": tuple(self.sentence(str(each)) for each in every)}

    def role(self, role: str | None) -> str:
        """Return the name of a role."""
        return self.roles.get(role or "", role or "")

    def state(self, state: str) -> str:
        """Return the word for what a camera does."""
        return self._states[state]

    def part(self, name: str) -> str:
        """Return the name of a part of the hub."""
        return self._parts.get(name) or name.replace("_", " ").capitalize()

    def happening(self, name: str) -> str:
        """Return what an entry of the trail tells."""
        return self._happenings.get(name, name)

    def fact(self, name: str) -> str:
        """Return what a fact of an entry, or what it tells in one word, is called."""
        return self._facts.get(name, name)

    def target(self, told: str) -> str:
        """Return what something was done to: “camera 3 (North gate)”, its first word translated."""
        found = _THING.match(told)
        return f"{self._things[found[1]]}{found[2]}" if found else self._texts.gettext(told)

    def device(self, told: str) -> str:
        """Return the name of a device as accounts tell it: “Firefox on Linux”."""
        if not told:
            return self._texts.gettext("Unknown device")
        browser, on, system = told.partition(" on ")
        if not on:
            return told
        return self._texts.gettext("%(browser)s on %(system)s") % {
            "browser": browser,
            "system": system,
        }

    def moment(self, at: datetime) -> str:
        """Return date and time, as short as is clear."""
        return self._pages.moment(at, self._texts.language)


def _telling(_: Callable[[str], str]) -> tuple[str, ...]:
    """Return the sentences among which there are some that differ each time."""
    lists = (
        camera_sentences,
        recording_sentences,
        backup_sentences,
        # Before “This backup lacks %(name)s.”, which fits some of them.
        content_sentences,
        restore_sentences,
        release_sentences,
    )
    return tuple(sentence for sentences in lists for sentence in sentences(_))


def _patterns(english: Sequence[str], said: Sequence[str]) -> list[tuple[re.Pattern[str], str]]:
    """Return what recognises the sentences that differ each time, with their translations."""
    return [
        (re.compile(_GAP.sub(r"(?P<\1>.+?)", re.escape(one))), other)
        for one, other in zip(english, said, strict=True)
        if "%(" in one
    ]
