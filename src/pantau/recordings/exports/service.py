"""What people may ask of exports: make, look, cancel, delete, fetch."""

from collections.abc import Sequence
from pathlib import Path

from pantau.accounts.users.asker import Asker
from pantau.recordings.exports.models import Export, ExportState, ExportWish
from pantau.web.principal import Principal


class Exports:
    """The exports of this hub.  Loop only.  Operators see those of their areas' cameras only."""

    async def ask(self, camera_id: int, wish: ExportWish, *, by: Asker) -> Export:
        """Queue an export; raises NotFound, Forbidden, Invalid (naming the field), Exhausted."""
        raise NotImplementedError

    async def listed(
        self,
        *,
        by: Principal,
        camera_id: int | None = None,
        state: ExportState | None = None,
        limit: int = 50,
        cursor: str = "",
    ) -> tuple[Sequence[Export], str | None]:
        """Return a page of exports, the newest first, and where the next one begins."""
        raise NotImplementedError

    async def one(self, export_id: str, *, by: Principal) -> Export:
        """Return an export; raises NotFound."""
        raise NotImplementedError

    async def cancel(self, export_id: str, *, by: Asker) -> Export:
        """End an export that is not over; raises NotFound and Conflict."""
        raise NotImplementedError

    async def delete(self, export_id: str, *, by: Asker) -> None:
        """Delete an export with its files and links, ending it where it runs; raises NotFound."""
        raise NotImplementedError

    async def file(self, export_id: str, name: str, *, by: Principal) -> Path:
        """Return where a finished file of an export is; raises NotFound."""
        raise NotImplementedError
