"""Releases: what runs, how it is judged, what was deployed; deploying itself is for the console."""

from collections.abc import Mapping
from functools import partial
from typing import Final, Literal

from fastapi import Request, Response

from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame
from pantau.admin.performance import process_words
from pantau.admin.typed import read_typed
from pantau.admin.wording import Wording
from pantau.core.errors import Conflict, Unavailable
from pantau.operations.release.desk import ReleaseDesk, Releases
from pantau.operations.release.report import conclusion, shown_rows
from pantau.operations.release.verdict import Action, Status, Verdict
from pantau.operations.release.words import Say, metric_names
from pantau.operations.release_steps.state import Outcome
from pantau.ui.numbers import decimal
from pantau.ui.times import lasting
from pantau.web.access import admins
from pantau.web.endpoints import Endpoints

RELEASES: Final = "/admin/releases"
_MOST_SHOWN: Final = 30
_NOTES: Final = {Action.KEEP: "ok", Action.MONITOR: "warn", Action.ROLL_BACK: "bad"}


class ReleasePages:
    """The page, and judging from it."""

    def __init__(self, frame: Frame, desk: ReleaseDesk) -> None:
        self._frame = frame
        self._desk = desk

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        add.get("/releases", access=admins(), **HIDDEN)(self.show)
        add.post("/releases/judge", access=admins(), **HIDDEN)(self.judge)

    async def show(self, request: Request) -> Response:
        """Show what runs and how it does."""
        speak = self._frame.wording(request)
        releases = await self._desk.releases()
        parts = process_words(speak)
        values = {
            "releases": releases,
            "last": releases.last,
            "rows": [] if releases.last is None else _rows(releases.last, speak),
            "conclusion": "" if releases.last is None else conclusion(releases.last, speak),
            "note": "" if releases.last is None else _NOTES[releases.last.action],
            "others": [
                parts.get(each.process, each.process)
                for each in releases.processes
                if each.build != releases.build
            ],
            "verdicts": _past(releases, speak),
            "deploys": releases.deployments[:_MOST_SHOWN],
            "outcomes": outcome_words(speak),
            "parts": parts,
            "lasting": partial(lasting, ngettext=speak.ngettext),
        }
        return self._frame.draw(request, "releases.html", values)

    async def judge(self, request: Request) -> Response:
        """Judge what runs, and show the verdict."""
        await read_typed(request)
        speak = self._frame.wording(request)
        try:
            verdict = await self._desk.judge()
        except (Conflict, Unavailable) as problem:
            said = Said(speak.sentence(problem.sentence), "warn")
        else:
            said = Said(conclusion(verdict, speak), _tone(verdict))
        return self._frame.go(request, RELEASES, said)


def outcome_words(_: Say) -> Mapping[Outcome, str]:
    """Return how deploys ended, in words."""
    return {
        Outcome.UNDER_WAY: _("Under way, or interrupted"),
        Outcome.DEPLOYED: _("Stays"),
        Outcome.ROLLED_BACK: _("Taken back"),
        Outcome.GIVEN_UP: _("Not begun"),
        Outcome.FAILED: _("Needs somebody"),
    }


def action_words(_: Say) -> Mapping[Action, str]:
    """Return what verdicts came to, in a word or two."""
    return {
        Action.KEEP: _("Stays"),
        Action.MONITOR: _("Look at it"),
        Action.ROLL_BACK: _("Take it back"),
    }


def _tone(verdict: Verdict) -> Literal["ok", "warn"]:
    return "ok" if verdict.action is Action.KEEP else "warn"


def _rows(verdict: Verdict, speak: Wording) -> list[dict[str, object]]:
    badges = {Status.OK: "ok", Status.UNKNOWN: "", Status.MISSED: "warn"}
    rows = shown_rows(verdict, speak, lambda value: decimal(value, speak.language))
    return [
        {
            "row": row,
            "badge": "bad" if row.action is Action.ROLL_BACK else badges[row.status],
        }
        for row in rows
    ]


def _past(releases: Releases, speak: Wording) -> list[dict[str, object]]:
    names, words = metric_names(speak), action_words(speak)
    return [
        {
            "verdict": each.verdict,
            "note": _NOTES[each.verdict.action],
            "is_watch": bool(each.watch),
            "word": words[each.verdict.action],
            "missed": [
                names.get(row.metric, row.metric)
                for row in each.verdict.rows
                if row.status is Status.MISSED
            ],
        }
        for each in releases.verdicts[:_MOST_SHOWN]
    ]
