"""Links to one exported clip, for whoever has them: they end, can be counted and revoked."""

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from pantau.accounts.users.asker import Asker
from pantau.audit.events import Action
from pantau.audit.trail import AuditTrail
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Invalid, NotFound
from pantau.db.database import Database
from pantau.recordings.exports import link_repository, repository
from pantau.recordings.exports.models import ClipLink, Export, ExportState
from pantau.recordings.exports.service import Exports, has_expired, target_of
from pantau.web.principal import Principal

MOST_HOURS: Final = 24 * 31
MOST_DOWNLOADS: Final = 10_000
MOST_LINKS: Final = 100
"""Of one export."""
_PREFIX_CHARACTERS: Final = 8
_RESUMED_S: Final = 6 * 3600.0
"""How long whoever began a download may fetch the rest of it."""
_MOST_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """What a link leads to."""

    link: ClipLink
    export: Export
    name: str
    path: Path
    sha256: str


class ClipLinks:
    """The links of exports.  Loop only; raises NotFound for exports that `by` may not see."""

    def __init__(
        self, database: Database, *, exports: Exports, trail: AuditTrail, clock: Clock
    ) -> None:
        self._database = database
        self._exports = exports
        self._trail = trail
        self._clock = clock
        self._begun: OrderedDict[tuple[int, str], float] = OrderedDict()

    async def make(
        self, export_id: str, *, hours: int, max_downloads: int | None, by: Asker
    ) -> tuple[ClipLink, str]:
        """Make a link; return it with its token, which nobody can read again.

        It ends with the export at the latest.  Raises Conflict for an export without files, and
        Invalid naming the field.
        """
        export = await self._exports.one(export_id, by=by.principal)
        if not 1 <= hours <= MOST_HOURS:
            raise Invalid("links.hours", f"Choose 1 to {MOST_HOURS} hours.", field="hours")
        if max_downloads is not None and not 1 <= max_downloads <= MOST_DOWNLOADS:
            raise Invalid(
                "links.downloads",
                f"Choose 1 to {MOST_DOWNLOADS} downloads.",
                field="max_downloads",
            )
        now = self._clock.now()
        if export.state is not ExportState.DONE or has_expired(export, now):
            raise Conflict("links.no_files", "Only a finished clip can be shared.")
        assert export.expires_at is not None
        token = secrets.token_hex(32)
        async with self._database.write() as writing:
            if len(await link_repository.of_export(writing, export_id)) >= MOST_LINKS:
                raise Conflict("links.too_many", "This clip has too many links already.")
            link = await link_repository.add(
                writing,
                {
                    "export_id": export_id,
                    "token_hash": hash_of(token),
                    "prefix": token[:_PREFIX_CHARACTERS],
                    "expires_at": min(now + timedelta(hours=hours), export.expires_at),
                    "max_downloads": max_downloads,
                    "created_by": by.actor.name,
                    "created_at": now,
                },
            )
            await self._trail.record(
                writing,
                by.actor,
                Action.LINK_CLIP,
                target=target_of(export),
                details={
                    "export": export_id,
                    "link": link.id,
                    "until": link.expires_at.isoformat(),
                    "max_downloads": max_downloads,
                },
            )
        return link, token

    async def of(self, export_id: str, *, by: Principal) -> Sequence[ClipLink]:
        """Return the links of an export, the newest first."""
        await self._exports.one(export_id, by=by)
        async with self._database.read() as reading:
            return await link_repository.of_export(reading, export_id)

    async def revoke(self, export_id: str, link_id: int, *, by: Asker) -> None:
        """End a link now; raises NotFound."""
        export = await self._exports.one(export_id, by=by.principal)
        async with self._database.write() as writing:
            done = await link_repository.revoke(writing, export_id, link_id, at=self._clock.now())
            if not done:
                raise NotFound("links.unknown", "There is no such link.")
            await self._trail.record(
                writing,
                by.actor,
                Action.REVOKE_CLIP_LINK,
                target=target_of(export),
                details={"export": export_id, "link": link_id},
            )

    async def open(self, token: str, number: int) -> OpenedLink:
        """Return what a link leads to, its file `number` from 1.

        Raises NotFound, the same for a link that never was, that is over, or whose clip is gone.
        """
        async with self._database.read() as reading:
            link = await link_repository.by_hash(reading, hash_of(token))
            export = None if link is None else await repository.one(reading, link.export_id)
        now = self._clock.now()
        if (
            link is None
            or export is None
            or link.revoked_at is not None
            or link.expires_at <= now
            or has_expired(export, now)
            or export.state is not ExportState.DONE
            or not 1 <= number <= len(export.files)
        ):
            raise _unknown()
        file = export.files[number - 1]
        path = self._exports.path_of(export, file.name)
        return OpenedLink(link, export, file.name, path, file.sha256)

    async def count(self, opened: OpenedLink, address: str, *, is_beginning: bool) -> None:
        """Count a download where one begins; raises NotFound where none is left.

        `is_beginning`: the first byte is asked for.  The rest is for whoever began at the same
        address within hours; from everybody else any part counts as a beginning.
        """
        key = (opened.link.id, address)
        now_mono = self._clock.mono_s()
        began_mono = self._begun.get(key)
        if not is_beginning and began_mono is not None and now_mono - began_mono < _RESUMED_S:
            return
        async with self._database.write() as writing:
            counted = await link_repository.count_download(
                writing, opened.link.id, now=self._clock.now()
            )
        if not counted:
            raise _unknown()
        self._begun[key] = now_mono
        self._begun.move_to_end(key)
        while len(self._begun) > _MOST_REMEMBERED:
            self._begun.popitem(last=False)


def hash_of(token: str) -> str:
    """Return what is kept of a token; it is random, so that no salt is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _unknown() -> NotFound:
    return NotFound("clips.unknown", "There is no such clip, or its link is over.")
