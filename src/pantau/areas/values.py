"""What people say of areas, and what is known of the cameras in them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final, Protocol

from pantau.areas.models import Area
from pantau.audit.actors import Actor
from pantau.web.principal import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaDraft:
    """The fields of an area that people write, already checked one by one."""

    name: str = ""
    slug: str | None = None
    """None: made from the name."""
    description: str | None = None
    rt: str | None = None
    rw: str | None = None
    kelurahan: str | None = None
    kecamatan: str | None = None
    latitude: float | None = None
    longitude: float | None = None


FIELDS: Final = tuple(field.name for field in fields(AreaDraft))


@dataclass(frozen=True, slots=True)
class AreaCameras:
    """How many cameras an area has."""

    every: int = 0
    public: int = 0
    """Those that the public finds in its lists at this moment."""
    configured: int = 0
    """Those of the settings and of the demo, which say in which area they are."""


NO_CAMERAS: Final = AreaCameras()


@dataclass(frozen=True, slots=True)
class AreaView:
    """An area, and how many cameras it has."""

    area: Area
    cameras: AreaCameras = NO_CAMERAS


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of the cameras of an area."""

    moved: tuple[int, ...] = ()
    """Numbers of those that are elsewhere now."""
    kept: int = 0
    """How many stayed, because the settings say where they are."""


class By(Protocol):
    """On whose behalf areas change."""

    @property
    def principal(self) -> Principal:
        """Whose rights count."""
        ...

    @property
    def actor(self) -> Actor:
        """What the trail says of them."""
        ...


@dataclass(frozen=True, slots=True)
class Somebody:
    """The plain form of `By`."""

    principal: Principal
    actor: Actor


def told(area: Area) -> Mapping[str, object]:
    """Return an area as the trail tells it."""
    return {name: getattr(area, name) for name in FIELDS}


def key_of(name: str) -> str:
    """Return what two spellings of one name have in common."""
    return " ".join(name.split()).casefold()
