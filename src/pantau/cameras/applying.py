"""Applies a change to a camera: every limit and every rule between the fields, and no database."""

from pantau.cameras.changes import CameraChange
from pantau.cameras.stored import StoredCamera
from pantau.core.networks import AddressPolicy


def applied(before: StoredCamera, change: CameraChange, *, policy: AddressPolicy) -> StoredCamera:
    """Return `before` with `change` in it.

    Raises Invalid, whose `field` is the name that API clients know.  Whether the area exists is
    the caller's to ask.  `before` may be `adding.blank`.  Number, slug, stream key, dates and
    keeper stay; the stream revision grows when the source is another.
    """
    raise NotImplementedError
