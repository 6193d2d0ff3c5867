"""The addresses of stills, as lists and pages write them: the version says which picture is meant.

Who asks with the version of the picture that there is may keep the answer for ever; any other
version, and none, gets the newest picture, to be asked for again soon.
"""

from datetime import datetime
from typing import Final, Literal

StillForm = Literal["jpg", "webp"]

WIDTHS_PX: Final = (160, 320, 640)
"""A line in a list, a tile of the wall, a player: about 3, 12 and 46 kB as JPEG at most."""
LINE_PX: Final = 160
TILE_PX: Final = 320
POSTER_PX: Final = 640
FORMS: Final[tuple[StillForm, ...]] = ("jpg", "webp")


def version_of(taken_at: datetime) -> str:
    """Return the version of the picture that was taken at `taken_at`, to the second."""
    return f"{max(int(taken_at.timestamp()), 0):x}"


def still_url(
    camera_id: int,
    taken_at: datetime | None = None,
    *,
    width_px: int = TILE_PX,
    form: StillForm = "jpg",
) -> str:
    """Return where the still of a camera is; `taken_at` None: whichever is the newest.

    Without version, width and form this is the address of the contract, `/api/thumbnails/7.jpg`.
    """
    query = [] if width_px == TILE_PX else [f"w={width_px}"]
    if taken_at is not None:
        query.append(f"v={version_of(taken_at)}")
    address = f"/api/thumbnails/{camera_id}.{form}"
    return address + ("?" + "&".join(query) if query else "")
