"""The list of cameras: searched, narrowed, sorted, in pages; and chosen ones for `cameras_bulk`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Protocol, TypeAlias, cast, get_args
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response

from pantau.admin.camera_rows import CHOICES, ORDERS, Choice, Order, Part, Viewers, Wish, part_of
from pantau.admin.camera_words import Mark, decision_marks, kinds, state_mark
from pantau.admin.frame import HIDDEN, Frame
from pantau.admin.wording import Wording
from pantau.cameras.access import CameraAccess
from pantau.cameras.carriers import capabilities_for
from pantau.cameras.editing import CameraEditor
from pantau.cameras.listing import CameraFilter, CameraList, ListedCamera
from pantau.cameras.models import CameraSource
from pantau.cameras.probing import ProbeReport
from pantau.core.names import natural_key
from pantau.feedback.values import VoteTotals
from pantau.recordings.service import CameraRecording
from pantau.ui.times import lasting
from pantau.web.access import viewers as everybody
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.principal import Principal

CAMERAS: Final = "/admin/cameras"
SIZES: Final = (50, 100, 200)
_HOUR_S: Final = 3600
_NO_VOTE: Final = VoteTotals()
_MOST_SEARCH: Final = 100
Who: TypeAlias = Annotated[Principal, Depends(current_principal)]
_Text = Annotated[str, Query(max_length=200)]


class AreaPoint(Protocol):
    """An area as the camera pages offer it."""

    @property
    def id(self) -> int:
        """Its number."""
        ...

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def latitude(self) -> float | None:
        """Where its middle is, if anybody said."""
        ...

    @property
    def longitude(self) -> float | None:
        """The same, eastwards."""
        ...


class LooksAtSources(Protocol):
    """Whoever looks at a source: `cameras.probing.Prober`."""

    async def look(
        self, source: CameraSource, *, is_trusted: bool = False, stream_key: str = ""
    ) -> ProbeReport:
        """Return what is there; raises Unavailable when too many look at once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraServices:
    """What the camera pages show and change."""

    cameras: CameraList
    editor: CameraEditor
    prober: LooksAtSources
    access: CameraAccess
    areas: Callable[[], Awaitable[Sequence[AreaPoint]]]
    viewers: Viewers | None = None
    """How many watch a camera at this moment; None where nobody counts."""
    votes: Callable[[], Mapping[int, VoteTotals] | None] = lambda: None
    """What visitors think of cameras, from memory; None where nobody votes."""
    recording_of: Callable[[int], Awaitable[CameraRecording]] | None = None
    """How a camera is recorded, with its proof; None where nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the list."""

    listed: ListedCamera
    state: Mark
    marks: tuple[Mark, ...]
    kind: str
    recording: str
    viewers: int | None
    votes: VoteTotals | None
    may_change: bool
    is_live: bool


def may_change(who: Principal, area_id: int | None) -> bool:
    """Tell whether somebody may change cameras of an area, as `CameraEditor` judges it."""
    if who.role == "admin":
        return True
    return who.role == "operator" and who.may_change_area(area_id)


async def sorted_areas(services: CameraServices) -> Sequence[AreaPoint]:
    """Return every area by name."""
    return sorted(await services.areas(), key=lambda area: natural_key(area.name))


class CameraListPages:
    """The list."""

    def __init__(self, frame: Frame, services: CameraServices) -> None:
        self._frame = frame
        self._services = services

    def declare(self, add: Endpoints) -> None:
        """Declare the page."""
        add.get("/cameras", access=everybody(), **HIDDEN)(self.show)

    async def show(
        self,
        request: Request,
        who: Who,
        *,
        q: _Text = "",
        area: _Text = "",
        show: _Text = "all",
        sort: _Text = "name",
        size: _Text = "",
        cursor: Annotated[str, Query(max_length=1000)] = "",
    ) -> Response:
        """List them, a page at a time."""
        search = q.replace("\0", "").strip()[:_MOST_SEARCH]
        area_id = int(area) if area.isdecimal() and len(area) < 19 else None
        wanted = CameraFilter(
            search=search, sees_hosts=who.role in {"admin", "operator"}, area_id=area_id
        )
        found = await self._services.cameras.all(wanted)
        wish = _wish(show, sort, size, cursor)
        now = self._services.access.clock.now()
        part = part_of(found, wish, viewers=self._services.viewers, now=now)
        kept = {"q": search, "area": "" if area_id is None else str(area_id)}
        areas = await sorted_areas(self._services)
        values = {
            **self._shown(request, who, part, wish),
            "query": search,
            "area_id": area_id,
            "areas": areas,
            "area_name": next((each.name for each in areas if each.id == area_id), ""),
            "address": _addresses(kept, wish),
        }
        return self._frame.draw(request, "cameras.html", values)

    def _shown(
        self, request: Request, who: Principal, part: Part, wish: Wish
    ) -> Mapping[str, object]:
        speak, votes = self._frame.wording(request), self._services.votes()
        return {
            "rows": [self._row(each, who, speak, votes) for each in part.rows],
            "part": part,
            "wish": wish,
            "choices": choice_words(speak),
            "sizes": SIZES,
            "may_add": who.role in {"admin", "operator"},
            "may_change_any": any(
                may_change(who, each.stored.camera.area_id) for each in part.rows
            ),
        }

    def _row(
        self,
        listed: ListedCamera,
        who: Principal,
        speak: Wording,
        votes: Mapping[int, VoteTotals] | None,
    ) -> Row:
        camera, services = listed.stored.camera, self._services
        codec = listed.condition.video_codec or camera.announced_codec
        kind = kinds(speak)[listed.kind]
        return Row(
            listed=listed,
            state=state_mark(listed, speak),
            marks=decision_marks(camera, speak, services.access.clock.now()),
            kind=f"{kind} H.265" if codec == "h265" else kind,
            recording=recording_text(listed, speak),
            viewers=services.viewers(camera.id) if services.viewers else None,
            votes=votes_of(camera.id, votes),
            may_change=may_change(who, camera.area_id),
            is_live=capabilities_for(camera.source).live,
        )


def choice_words(speak: Wording) -> Mapping[Choice, str]:
    """Return what the choices above the list are called."""
    return {
        "all": speak("All"),
        "offline": speak("Offline"),
        "unsteady": speak("Unsteady"),
        "maintenance": speak("Maintenance"),
        "unchecked": speak("Not checked yet"),
        "placeless": speak("Without a point"),
        "cut-off": speak("Cut off"),
        "hidden": speak("Not public"),
        "off": speak("Disabled"),
    }


def votes_of(camera_id: int, votes: Mapping[int, VoteTotals] | None) -> VoteTotals | None:
    """Return the votes for a camera; None where nobody votes."""
    return None if votes is None else votes.get(camera_id, _NO_VOTE)


def recording_text(listed: ListedCamera, speak: Wording) -> str:
    """Return how long pictures are kept, for a column."""
    stored = listed.stored
    if not stored.enable_recording:
        return speak("Not recorded")
    hours = stored.recording_duration_hours
    if hours is None:
        return speak("To be recorded")
    return lasting(hours * _HOUR_S, speak.ngettext, exactly=True)


def _wish(show: str, sort: str, size: str, cursor: str) -> Wish:
    order = sort.removeprefix("-")
    return Wish(
        choice=cast("Choice", show) if show in CHOICES else "all",
        order=cast("Order", order) if order in get_args(Order) else ORDERS[0],
        is_descending=sort.startswith("-"),
        limit=int(size) if size in {str(each) for each in SIZES} else SIZES[0],
        cursor=cursor,
    )


def _addresses(kept: Mapping[str, str], wish: Wish) -> Callable[..., str]:
    """Return what makes addresses of this list with something different, for the template."""
    sort = f"-{wish.order}" if wish.is_descending else wish.order
    now = {**kept, "show": wish.choice, "sort": sort, "size": str(wish.limit)}
    usual = {"q": "", "area": "", "show": "all", "sort": "name", "size": str(SIZES[0])}

    def address(**other: Any) -> str:
        wanted = {**now, **{name: str(value) for name, value in other.items()}}
        pairs = [(name, value) for name, value in wanted.items() if value != usual.get(name, "")]
        return f"{CAMERAS}?{urlencode(pairs)}" if pairs else CAMERAS

    return address
