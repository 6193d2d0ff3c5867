"""Makes one message of everything that a target is to be told.

Whatever somebody else chose (names, texts of visitors) is escaped here and nowhere else (lesson
H06): a camera called `<b` must not silence an alarm.
"""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pantau.notifications.channel import Words
from pantau.notifications.kinds import Edge, Kind
from pantau.notifications.services import SERVICES
from pantau.notifications.values import Item, Target
from pantau.notifications.words import cause_words, has_name, phrases
from pantau.ui.i18n import FIRST_LANGUAGE, Language, Texts
from pantau.ui.times import moment

_LINES: Final = 20
_MOST_NAME: Final = 100
_MOST_TITLE: Final = 250
_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_CALLS: Final = re.compile(r"@(?=\w)|<(?=[!@#]|https?:|mailto:)")
"""What chats take for a call to everybody (`@everyone`, `<!channel>`) or a link in disguise."""
_PARTED: Final = "\u200b"
_ORDER: Final = (Edge.BEGAN, Edge.STILL, Edge.HAPPENED, Edge.ENDED, Edge.DRILL)


@dataclass(slots=True)
class _Sheet:
    """The same text twice: plain, and as HTML."""

    lines: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        self.lines.append(line)

    def cut(self, most: int, more: str) -> "_Sheet":
        """Return so many lines as fit, escaped or not, and `more` where some did not."""
        kept: list[str] = []
        room = most - len(html.escape(more)) - 1
        for line in self.lines:
            room -= len(html.escape(line)) + 1
            if room < 0:
                return _Sheet([*kept, more])
            kept.append(line)
        return _Sheet(kept)


class Composer:
    """Writes messages in the language of their target; any process.  Reads catalogues once."""

    def __init__(self, *, hub: Callable[[], str], texts: Mapping[Language, Texts]) -> None:
        self._hub = hub
        self._texts = texts

    def compose(
        self, items: Sequence[Item], target: Target, *, now: datetime, zone: ZoneInfo
    ) -> Words:
        """Return one message about all `items`, of which there is at least one."""
        writer = _Writer(self._of(target), now, zone)
        most = SERVICES[target.schema].most_letters if target.schema in SERVICES else 1000
        title = _clean(f"[{self._hub()}] " + writer.title(items), _MOST_TITLE)
        sheet = _Sheet()
        for line in writer.lines(items):
            sheet.add(line)
        return _words(title, sheet.cut(most - len(html.escape(title)) - 10, "…"))

    def _of(self, target: Target) -> Texts:
        # The catalogue of its language may have been taken away since somebody chose it.
        return self._texts.get(target.language) or self._texts[FIRST_LANGUAGE]

    def drill(self, target: Target, *, rule: str, now: datetime, zone: ZoneInfo) -> Words:
        """Return a message that says of itself that it is a test."""
        texts = self._of(target)
        _ = texts.gettext
        title = _clean(f"[{self._hub()}] " + _("DRILL: this is a test"), _MOST_TITLE)
        at = moment(now, now, zone, texts.language, yesterday=_("yesterday"))
        sheet = _Sheet(
            [
                _("Nothing has happened. Somebody tried at %(time)s whether alerts arrive.")
                % {"time": at}
            ]
        )
        if rule:
            sheet.add(_("Rule: %(name)s") % {"name": _clean(rule, _MOST_NAME)})
        return _words(title, sheet)


class _Writer:
    def __init__(self, texts: Texts, now: datetime, zone: ZoneInfo) -> None:
        self._texts = texts
        self.speak = texts.gettext
        self._now = now
        self._zone = zone
        self._phrases = phrases(texts.gettext)
        self._causes = cause_words(texts.gettext)

    def title(self, items: Sequence[Item]) -> str:
        groups = _grouped(items)
        if any(item.is_after_maintenance for item in items):
            return self.speak("Maintenance is over: %(what)s") % {
                "what": ", ".join(self._heading(group) for group in groups[:3])
            }
        heads = [self._heading(group) for group in groups[:3]]
        if len(groups) > 3:
            heads.append("…")
        return ", ".join(heads)

    def lines(self, items: Sequence[Item]) -> list[str]:
        groups, lines = _grouped(items), []
        if any(item.is_held for item in items):
            lines.append(self.speak("Held back during quiet hours:"))
        for group in groups:
            if len(group) == 1:
                lines.extend(self._alone(group[0], with_heading=len(groups) > 1))
                continue
            if len(groups) > 1:
                lines.append(self._heading(group) + ":")
            lines.extend(f"• {self._short(item)}" for item in group[:_LINES])
            if len(group) > _LINES:
                lines.append(self.speak("… and %(num)s more") % {"num": len(group) - _LINES})
        return lines

    def _heading(self, group: Sequence[Item]) -> str:
        one, many = self._phrases[group[0].subject.kind, group[0].edge]
        if len(group) == 1:
            return one % {"name": _name(group[0])} if "%(name)s" in one else one
        return many % {"num": len(group)} if "%(num)s" in many else many

    def _alone(self, item: Item, *, with_heading: bool) -> list[str]:
        rest = self._details(item)
        head = [self._heading([item]) + ":"] if with_heading else []
        return [*head, *(rest or [self._when(item)])]

    def _short(self, item: Item) -> str:
        parts = [_name(item) if has_name(item.subject.kind) else "", *self._details(item)]
        return ", ".join(part.rstrip(".") for part in parts if part)

    def _details(self, item: Item) -> list[str]:
        facts, lines = item.facts, []
        if facts.get("area"):
            lines.append(_clean(str(facts["area"]), _MOST_NAME))
        lines.append(self._when(item))
        cause = self._causes.get(item.subject.kind, {}).get(item.cause)
        if cause and item.edge is not Edge.ENDED:
            lines.append(cause)
        lines.extend(self._facts(item))
        return lines

    def _when(self, item: Item) -> str:
        if item.edge is Edge.ENDED and item.began_at is not None:
            return self.speak("down from %(from)s to %(until)s (%(duration)s)") % {
                "from": self._at(item.began_at),
                "until": self._at(item.at),
                "duration": self._duration(item.at - item.began_at),
            }
        if item.edge is Edge.HAPPENED:
            return self._at(item.at)
        began_at = item.began_at or item.at
        return self.speak("since %(time)s") % {"time": self._at(began_at)}

    def _facts(self, item: Item) -> list[str]:
        facts, speak = item.facts, self.speak
        lines = []
        if "cameras" in facts and item.edge is not Edge.ENDED:
            given = {"num": facts["cameras"], "of": facts.get("of", "?")}
            known = (
                speak("%(num)s of %(of)s cameras")
                if "of" in facts
                else speak("%(num)s cameras affected")
            )
            lines.append(known % given)
        if "minutes" in facts:
            gap = self._duration(timedelta(minutes=float(facts["minutes"])))
            lines.append(
                speak("For %(duration)s nothing was watched and nothing was told.")
                % {"duration": gap}
            )
        if item.subject.kind in {Kind.FEEDBACK, Kind.TAKE_DOWN} and facts.get("name"):
            lines.append(_name(item))
        if facts.get("text"):
            lines.append("“" + _clean(str(facts["text"]), 200) + "”")
        if facts.get("address"):
            lines.append(speak("from %(address)s") % {"address": _clean(str(facts["address"]), 64)})
        if facts.get("reason"):
            lines.append(_clean(str(facts["reason"]), 200))
        return lines

    def _at(self, at: datetime) -> str:
        language = self._texts.language
        return moment(at, self._now, self._zone, language, yesterday=self.speak("yesterday"))

    def _duration(self, duration: timedelta) -> str:
        seconds = max(0, round(duration.total_seconds()))
        days, hours, minutes = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
        if days:
            return self.speak("%(days)s d %(hours)s h") % {"days": days, "hours": hours}
        if hours:
            return self.speak("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}
        if seconds >= 60:
            return self.speak("%(minutes)s min") % {"minutes": minutes}
        return self.speak("%(seconds)s s") % {"seconds": seconds}


def _grouped(items: Sequence[Item]) -> list[list[Item]]:
    """Return items by kind and edge: what began first, what ended last; each in its order."""
    groups: dict[tuple[Kind, Edge], list[Item]] = {}
    for item in items:
        groups.setdefault((item.subject.kind, item.edge), []).append(item)
    return sorted(groups.values(), key=lambda group: _ORDER.index(group[0].edge))


def _name(item: Item) -> str:
    return _clean(str(item.facts.get("name") or item.subject.name), _MOST_NAME)


def _clean(text: str, most: int) -> str:
    line = _CALLS.sub(lambda sign: sign[0] + _PARTED, _UNSAFE.sub(" ", text).strip())
    return line if len(line) <= most else line[: most - 1] + "…"


def _words(title: str, sheet: _Sheet) -> Words:
    text = "\n".join(sheet.lines)
    marked = html.escape(text, quote=False)
    return Words(title, text, f"<b>{html.escape(title, quote=False)}</b>\n{marked}")
