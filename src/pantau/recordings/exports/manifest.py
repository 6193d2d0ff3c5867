"""What an export consists of and what it was made of, so that anybody can check it years later."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pantau.media.archive.films import Gap
from pantau.media.archive.naming import VIDEO_SUFFIX, stem
from pantau.media.archive.splicing import MadeFile, Spliced, UsedSource
from pantau.recordings.exports.models import Export

FILE_NAME: Final = "manifest.json"
_FORMAT: Final = "pantau.export/1"


def manifest_of(export: Export, made: Spliced, *, made_at: str, hub: str) -> str:
    """Return the manifest as JSON; moments are Unix milliseconds, `made_at` ISO 8601.

    The SHA-256 of a recording is that of its whole file; of one that was still being written there
    is none, and that of the bytes that were used stands for it: these never change.
    """
    whole: dict[str, Any] = {
        "format": _FORMAT,
        "id": export.id,
        "hub": hub,
        "camera": {"id": export.camera_id, "name": export.camera_name},
        "kind": export.kind.value,
        "speed": export.speed,
        "asked": {"from_ms": export.span.from_ms, "to_ms": export.span.to_ms},
        "asked_by": export.created_by,
        "asked_at": export.created_at.isoformat(),
        "made_at": made_at,
        "recorded_ms": made.recorded_ms,
        "files": [_file(file) for file in made.files],
        "segments": [_segment(export.camera_id, used) for used in made.sources],
        "left_out": [
            {"filename": _filename(one.source.start_ms), "why": one.cause}
            for one in made.unreadable
        ],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1)


def _file(made: MadeFile) -> Mapping[str, object]:
    return {
        "name": made.file.name,
        "size_bytes": made.size_bytes,
        "sha256": made.sha256,
        "from_ms": made.from_ms,
        "to_ms": made.to_ms,
        "duration_ms": made.duration_ms,
        "gaps": _gaps(made.gaps),
    }


def _gaps(gaps: Sequence[Gap]) -> list[Mapping[str, int]]:
    """Return what is missing, and where in the film it is closed up."""
    return [{"from_ms": one.from_ms, "to_ms": one.to_ms, "at_ms": one.at_ms} for one in gaps]


def _segment(camera_id: int, used: UsedSource) -> Mapping[str, object]:
    return {
        "camera_id": camera_id,
        "filename": _filename(used.source.start_ms),
        "from_ms": used.from_ms,
        "to_ms": used.to_ms,
        "size_bytes": used.size_bytes,
        "sha256": used.sha256,
        "used": {
            "offset": used.used_offset,
            "size_bytes": used.used_bytes,
            "sha256": used.used_sha256,
        },
    }


def _filename(start_ms: int) -> str:
    return f"{stem(start_ms)}{VIDEO_SUFFIX}"
