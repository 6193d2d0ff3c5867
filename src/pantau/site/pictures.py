"""Pictures of the site in the database, and their addresses: `/gambar/<key>.webp`.

In the database, so that every node and every backup has them.  A key is drawn by lot and its bytes
never change, so browsers may keep them for ever: whoever shows another picture shows another key.
"""

import re
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, insert, select

from pantau.core.errors import NotFound
from pantau.core.pictures import Kind, Picture
from pantau.db.database import Database, Reading, Writing
from pantau.site.models import SitePictureRow
from pantau.web.exchange import Answer, HotRequest, Reply

PREFIX: Final = "/gambar/"
_NAME: Final = re.compile(r"([0-9a-f]{32})\.(webp|png)")
_MOST_KEPT_BYTES: Final = 8 * 2**20
_FOR_EVER: Final = b"public, max-age=31536000, immutable"
_TYPES: Final = {"webp": b"image/webp", "png": b"image/png"}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPicture(Picture):
    """A picture in the database."""

    key: str


def picture_path(key: str, kind: Kind = "webp") -> str:
    """Return the address of a picture; empty for no key."""
    return f"{PREFIX}{key}.{kind}" if key else ""


async def keep(writing: Writing, picture: Picture) -> str:
    """Store a picture and return its key, which whoever shows it stores in turn."""
    key = secrets.token_hex(16)
    await writing.session.execute(
        insert(SitePictureRow).values(
            key=key,
            kind=picture.kind,
            width_px=picture.width_px,
            height_px=picture.height_px,
            data=picture.data,
        )
    )
    writing.changed("site")
    return key


async def drop(writing: Writing, key: str) -> None:
    """Forget a picture that nothing shows any more."""
    await writing.session.execute(delete(SitePictureRow).where(SitePictureRow.key == key))
    writing.changed("site")


async def find(reading: Reading, key: str) -> KeptPicture | None:
    """Return a picture."""
    row = (
        await reading.session.execute(
            select(SitePictureRow.__table__).where(SitePictureRow.key == key)
        )
    ).one_or_none()
    if row is None:
        return None
    return KeptPicture(
        key=row.key,
        data=row.data,
        width_px=row.width_px,
        height_px=row.height_px,
        kind=row.kind,
    )


class PictureRoute:
    """Answers below PREFIX; the last few megabytes are in memory.  Loop only."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: OrderedDict[str, Reply] = OrderedDict()
        self._kept_bytes = 0
        # A picture that was taken down is not to be had from memory either.
        database.changes.on("site", self._forget)

    def handle(self, request: HotRequest) -> Answer:
        """Answer with a picture, at its one true address only; raises NotFound."""
        kept = self._kept.get(request.rest)
        if kept is not None:
            self._kept.move_to_end(request.rest)
            return kept
        name = _NAME.fullmatch(request.rest)
        if name is None:
            raise _unknown()
        return self._read(name[0], name[1], name[2])

    async def _read(self, name: str, key: str, kind: str) -> Reply:
        async with self._database.read() as reading:
            picture = await find(reading, key)
        if picture is None or picture.kind != kind:
            raise _unknown()
        reply = Reply(
            200,
            picture.data,
            content_type=_TYPES[picture.kind],
            headers=((b"cache-control", _FOR_EVER),),
        )
        self._keep(name, reply)
        return reply

    def _forget(self) -> None:
        self._kept.clear()
        self._kept_bytes = 0

    def _keep(self, name: str, reply: Reply) -> None:
        if name not in self._kept:
            self._kept[name] = reply
            self._kept_bytes += len(reply.body)
        while self._kept_bytes > _MOST_KEPT_BYTES and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= len(oldest.body)


def _unknown() -> NotFound:
    return NotFound("picture.unknown", "There is no such picture.")
