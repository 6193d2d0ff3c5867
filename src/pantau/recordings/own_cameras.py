"""Whose footage somebody may see and decide about."""

from pantau.accounts.users.asker import Asker
from pantau.cameras.service import Catalogue
from pantau.core.errors import Forbidden, NotFound
from pantau.db.database import Reading
from pantau.recordings import keeping_repository
from pantau.web.principal import Principal


class OwnCameras:
    """Cameras that are there, and removed ones of which there is footage.

    Those belong to no area: they are for whoever is not limited to areas.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def seen_by(self, who: Principal) -> frozenset[int] | None:
        """Return numbers of cameras whose footage somebody looks after; None: of every camera."""
        if who.area_ids is None:
            return None
        return frozenset(
            int(each.id) for each in self._catalogue.all() if who.may_change_area(each.area_id)
        )

    def name_of(self, camera_id: int) -> str:
        """Return a name; empty for a camera that is not there any more."""
        camera = self._catalogue.by_id(camera_id)
        return "" if camera is None else camera.name

    async def target(self, reading: Reading, camera_id: int, *, by: Asker) -> str:
        """Return a camera as the trail names it; raises NotFound, and Forbidden for another's."""
        who, camera = by.principal, self._catalogue.by_id(camera_id)
        if camera is not None:
            if not who.may_change_area(camera.area_id):
                raise Forbidden(
                    "recordings.other_area", "This camera is in an area of somebody else."
                )
            return f"camera {camera_id} ({camera.name})"
        if who.area_ids is not None or not await keeping_repository.has_any(reading, camera_id):
            raise NotFound("cameras.unknown", "There is no such camera.")
        return f"removed camera {camera_id}"
