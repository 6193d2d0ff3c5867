"""What happened to each camera, line by line; it outlives the camera."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pantau.core.redact import redact_deep


class Kind(StrEnum):
    """What happened."""

    CREATED = "created"
    IMPORTED = "imported"
    CHANGED = "changed"
    SOURCE_CHANGED = "source_changed"
    """Where the pictures come from is another; players begin anew (lesson M08)."""
    ENABLED = "enabled"
    DISABLED = "disabled"
    KEY_ROTATED = "key_rotated"
    CUT_OFF = "cut_off"
    RESTORED = "restored"
    ADOPTED = "adopted"
    """A demo camera became an operator's."""
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraEvent:
    """One line.  `details` hold no secret: addresses in them are masked."""

    camera_id: int
    at: datetime
    kind: Kind
    actor: str
    details: Mapping[str, object] = field(default_factory=dict)
    id: int = 0
    """Given by the database."""


def details_text(details: Mapping[str, object]) -> str:
    """Return `details` as they are kept: once more without whatever looks like a secret."""
    return json.dumps(redact_deep(details), ensure_ascii=False, sort_keys=True)
