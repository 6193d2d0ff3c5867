"""Links to one exported clip, for whoever has them: they end, can be counted and revoked."""

from collections.abc import Sequence

from pantau.accounts.users.asker import Asker
from pantau.recordings.exports.models import ClipLink
from pantau.web.principal import Principal


class ClipLinks:
    """The links of exports.  Loop only; raises NotFound for exports that `by` may not see."""

    async def make(
        self, export_id: str, *, hours: int, max_downloads: int | None, by: Asker
    ) -> tuple[ClipLink, str]:
        """Make a link; return it with its token, which nobody can read again.

        It ends with the export at the latest.  Raises Conflict for an export without files.
        """
        raise NotImplementedError

    async def of(self, export_id: str, *, by: Principal) -> Sequence[ClipLink]:
        """Return the links of an export, the newest first."""
        raise NotImplementedError

    async def revoke(self, export_id: str, link_id: int, *, by: Asker) -> None:
        """End a link now; raises NotFound."""
        raise NotImplementedError
