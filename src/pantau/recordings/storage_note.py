"""What the worker knows of the disks, as it is written down for web processes."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pantau.recordings.keeping_values import Alarm, AlarmKind, Disk, Level, Storage


def storage_text(storage: Storage) -> str:
    """Return what `storage_from` reads."""
    return json.dumps(
        {
            "disks": [asdict(disk) for disk in storage.disks],
            "alarms": [[each.kind.value, each.place, each.amount] for each in storage.alarms],
            "clock_behind_s": storage.clock_behind_s,
        }
    )


def storage_from(text: str, seen_at: datetime) -> Storage | None:
    """Return what was written down; None: another version wrote it, in another way."""
    try:
        given: dict[str, Any] = json.loads(text)
        return Storage(
            disks=tuple(Disk(**{**disk, "level": Level(disk["level"])}) for disk in given["disks"]),
            alarms=tuple(
                Alarm(AlarmKind(kind), str(place), float(amount))
                for kind, place, amount in given["alarms"]
            ),
            seen_at=seen_at,
            clock_behind_s=float(given["clock_behind_s"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
