"""The health board: which cameras are not well, why, since when, how often; alarms; check now."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias

from fastapi import Depends, Query, Request, Response

from pantau.admin.flashes import Said
from pantau.admin.frame import HIDDEN, Frame
from pantau.admin.health_words import alarm_words, health_words
from pantau.admin.own_paths import own_path
from pantau.admin.typed import read_typed
from pantau.cameras.models import Camera, HealthState
from pantau.cameras.service import Catalogue
from pantau.core.ids import CameraId
from pantau.health import causes
from pantau.health.day_bars import Bar, bars, told
from pantau.health.schemas import days_output
from pantau.health.service import HealthBook
from pantau.health.uptime import percent
from pantau.health.values import CameraHealth
from pantau.ui.numbers import per_cent
from pantau.ui.visitor import visitor_of_scope
from pantau.web.access import operators, viewers
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import RowNumber
from pantau.web.principal import Principal

HEALTH: Final = "/admin/health"
_PAGE: Final = 100
_HISTORY_DAYS: Final = 30
_MOST_SPANS: Final = 200
_OLD_ALARMS: Final = 5
_ORDER: Final = (
    HealthState.OFFLINE,
    HealthState.DEAD,
    HealthState.DEGRADED,
    HealthState.UNKNOWN,
    HealthState.ONLINE,
)
_RUNNERS: Final = frozenset({"admin", "operator"})
_Known: TypeAlias = Mapping[CameraId, CameraHealth]
_Who = Annotated[Principal, Depends(current_principal)]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """One camera on the board."""

    camera: Camera
    state: HealthState
    cause: str
    """In the reader's words; empty where all is well."""
    health: CameraHealth | None
    falls: int
    """Within the last week."""
    week: str
    bars: Sequence[Bar]
    told: str
    may_check: bool


class HealthPages:
    """The board and one camera's history."""

    def __init__(self, frame: Frame, *, book: HealthBook, catalogue: Catalogue) -> None:
        self._frame = frame
        self._book = book
        self._catalogue = catalogue

    def declare(self, add: Endpoints) -> None:
        """Declare the pages."""
        add.get("/health", access=viewers(), **HIDDEN)(self.show)
        add.get("/health/cameras/{camera_id}", access=viewers(), **HIDDEN)(self.camera)
        add.post("/health/cameras/{camera_id}/check", access=operators(), **HIDDEN)(self.check)
        add.post("/health/alarms/{alarm_id}/acknowledge", access=operators(), **HIDDEN)(
            self.acknowledge
        )

    async def show(
        self,
        request: Request,
        who: _Who,
        state: Annotated[str, Query(max_length=20)] = "",
        q: Annotated[str, Query(max_length=200)] = "",
        page: Annotated[str, Query(max_length=10)] = "",
    ) -> Response:
        """Show all cameras, the worst first, a page at a time."""
        known, alarms = await self._book.checked(), await self._book.alarms()
        cameras = self._catalogue.all()
        states = {each.id: _state(known.get(each.id)) for each in cameras}
        wanted = next((each for each in _ORDER if each.value == state), None)
        text = q.strip()[:50].replace("\0", "")
        found = sorted(
            (
                each
                for each in cameras
                if (wanted is None or states[each.id] is wanted) and _fits(each, text)
            ),
            key=lambda each: _weight(each, known.get(each.id)),
        )
        number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
        last = max(1, -(-len(found) // _PAGE))
        number = min(max(number, 1), last)
        shown = found[(number - 1) * _PAGE : number * _PAGE]
        counts = Counter(states.values())
        values = {
            "rows": await self._rows(request, who, shown, known),
            "found": len(found),
            "total": len(cameras),
            "counts": [(each.value, counts[each]) for each in _ORDER],
            "state": wanted.value if wanted else "",
            "query": text,
            "page": number,
            "pages": last,
            "now_on": [each for each in alarms if each.ended_at is None],
            "over": [each for each in alarms if each.ended_at is not None][:_OLD_ALARMS],
            "words": health_words(self._frame.wording(request)),
            "alarm_words": alarm_words(self._frame.wording(request)),
            "may_run": who.role in _RUNNERS,
        }
        return self._frame.draw(request, "health.html", values)

    async def camera(self, request: Request, camera_id: RowNumber, who: _Who) -> Response:
        """Show one camera and how it did."""
        camera, spans = await self._book.history(camera_id, days=_HISTORY_DAYS)
        known, counted = await self._book.checked(), await self._book.figures()
        speak = self._frame.wording(request)
        language = visitor_of_scope(request.scope).language
        (row,) = await self._rows(request, who, [camera], known)
        figures = counted.of(camera.id)
        values = {
            "row": row,
            "words": health_words(speak),
            "rates": [
                (speak("24 hours"), per_cent(percent(figures.day.share), language)),
                (speak("7 days"), per_cent(percent(figures.week.share), language)),
                (speak("30 days"), per_cent(percent(figures.month.share), language)),
            ],
            "spans": [
                (span, speak.sentence(causes.SENTENCE_OF.get(span.cause, "")) if span.cause else "")
                for span in reversed(spans[-_MOST_SPANS:])
            ],
        }
        return self._frame.draw(request, "health_camera.html", values)

    async def check(self, request: Request, camera_id: RowNumber) -> Response:
        """Have a camera looked at now."""
        typed = await read_typed(request)
        camera = await self._book.ask_check(camera_id, by=self._frame.asker(request))
        speak = self._frame.wording(request)
        text = speak("%(name)s will be checked within seconds.") % {"name": camera.name}
        return self._frame.go(request, own_path(typed.text("back")), Said(text))

    async def acknowledge(self, request: Request, alarm_id: RowNumber) -> Response:
        """Note that somebody has seen an alarm."""
        await read_typed(request)
        await self._book.acknowledge(alarm_id, by=self._frame.asker(request))
        speak = self._frame.wording(request)
        return self._frame.go(request, HEALTH, Said(speak("The alarm was acknowledged.")))

    async def _rows(
        self, request: Request, who: Principal, cameras: Iterable[Camera], known: _Known
    ) -> list[BoardRow]:
        counted = await self._book.figures()
        speak = self._frame.wording(request)
        language = visitor_of_scope(request.scope).language
        texts = self._frame.pages.texts[language]
        rows = []
        for camera in cameras:
            health, figures = known.get(camera.id), counted.of(camera.id)
            cause = causes.NOT_CHECKED if health is None else health.cause
            days = days_output(counted, figures)
            rows.append(
                BoardRow(
                    camera=camera,
                    state=_state(health),
                    cause=speak.sentence(causes.SENTENCE_OF[cause]) if cause else "",
                    health=health,
                    falls=figures.falls,
                    week=per_cent(percent(figures.week.share), language),
                    bars=bars(days, texts, language),
                    told=told(days, texts, language),
                    may_check=_may_check(who, camera, cause),
                )
            )
        return rows


def _state(health: CameraHealth | None) -> HealthState:
    return HealthState.UNKNOWN if health is None else health.state


def _fits(camera: Camera, text: str) -> bool:
    hay = f"{camera.name} {camera.location} {camera.area_name or ''}".casefold()
    return all(word in hay for word in text.casefold().split())


def _weight(camera: Camera, health: CameraHealth | None) -> tuple[int, float, str]:
    """Order by state, the freshest change first, then by name."""
    since_s = 0.0 if health is None else health.since_at.timestamp()
    return _ORDER.index(_state(health)), -since_s, camera.name.casefold()


def _may_check(who: Principal, camera: Camera, cause: str) -> bool:
    may_run = who.role in _RUNNERS and who.may_change_area(camera.area_id)
    return may_run and cause not in causes.RESTING
