"""Areas: what reads and changes them, put together."""

from pantau.accounts.area_rows import RowsOfAreaRights
from pantau.app.foundation import Foundation
from pantau.areas.board import AreaBoard
from pantau.areas.editing import AreaEditing
from pantau.areas.service import AreaService
from pantau.cameras.area_rows import CamerasInAreas
from pantau.core.supervisor import Service, Supervisor


async def open_area_board(base: Foundation, supervisor: Supervisor) -> AreaBoard:
    """Return what public pages know of areas, kept up to date by a service."""
    board = AreaBoard(base.database)
    await board.refresh()
    supervisor.add(Service("areas.board", board.follow))
    return board


def area_service(base: Foundation) -> AreaService:
    """Return what the public reads, counting what the public finds at that moment."""
    return AreaService(base.database, count_cameras=_cameras(base).public)


def area_editing(base: Foundation) -> AreaEditing:
    """Return what operators read and change."""
    return AreaEditing(
        base.database,
        cameras=_cameras(base),
        rights=RowsOfAreaRights(),
        trail=base.trail,
        clock=base.clock,
    )


def _cameras(base: Foundation) -> CamerasInAreas:
    return CamerasInAreas(base.clock, base.site.zone)
