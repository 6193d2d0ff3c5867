"""Where bodies of requests may be larger than elsewhere: files come with them."""

from collections.abc import Mapping
from typing import Final

from pantau.backups.desk import MOST_UPLOAD_BYTES as MOST_BACKUP_BYTES
from pantau.backups.reference_json import MOST_BYTES as MOST_REFERENCE_BYTES
from pantau.cameras.importing.candidates import MOST_BYTES as MOST_CATALOGUE_BYTES
from pantau.core.pictures import MOST_UPLOAD_BYTES as MOST_PICTURE_BYTES

_FORM: Final = 256 * 1024
"""For the other fields of a form."""
LARGER_BODIES: Final[Mapping[str, int]] = {
    "/api/admin/camera-imports": MOST_CATALOGUE_BYTES + _FORM,
    "/admin/cameras/import": MOST_CATALOGUE_BYTES + _FORM,
    "/admin/announcements": MOST_PICTURE_BYTES + _FORM,
    "/admin/sponsors": MOST_PICTURE_BYTES + _FORM,
    "/admin/settings/looks/logo": MOST_PICTURE_BYTES + _FORM,
    "/admin/settings/looks/icon": MOST_PICTURE_BYTES + _FORM,
    "/admin/backups/restore": MOST_BACKUP_BYTES + _FORM,
    "/api/admin/backup/": MOST_REFERENCE_BYTES,
}
"""Beginnings of addresses and their most bytes, for `web.slow_lane.BodyLimit`."""
