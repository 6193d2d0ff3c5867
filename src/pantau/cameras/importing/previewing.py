"""Uploads as they are kept, and decided rows as they are shown."""

import base64
import zlib
from collections.abc import Mapping

from pantau.cameras.importing.deciding import Decided, Plan, Surroundings, decide
from pantau.cameras.importing.reading import read_catalogue
from pantau.cameras.importing.texts import clean
from pantau.cameras.importing.values import ImportView, Line, summary_of
from pantau.cameras.masking import masked


def decided_again(upload: str, view: ImportView, around: Surroundings) -> Plan:
    """Read and decide a kept upload; not for the loop."""
    data = zlib.decompress(base64.b64decode(upload))
    found = read_catalogue(data, file_name=view.file_name)
    return decide(found, view.options, around)


def packed(data: bytes) -> str:
    """Return an upload as it is kept, before it is sealed; not for the loop."""
    return base64.b64encode(zlib.compress(data, 3)).decode("ascii")


def base_name(file_name: str) -> str:
    """Return a file's name without its folders."""
    name = file_name.replace("\\", "/").rpartition("/")[2]
    return clean(name, most=200)


def plan_summary(plan: Plan) -> dict[str, int]:
    """Return how many rows got each decision."""
    return summary_of([row.decision for row in plan.rows])


def target_of(view: ImportView) -> str:
    """Return what the audit trail calls an import."""
    return f"camera import {view.id}" + (f" ({view.file_name})" if view.file_name else "")


def line_of(row: Decided, areas: Mapping[int, str], check: str) -> Line:
    """Return a row as it may be shown."""
    camera = row.after.camera if row.after is not None else None
    area_id = None if camera is None or camera.area_id is None else int(camera.area_id)
    return Line(
        row=row.candidate.row,
        name=row.name,
        decision=row.decision,
        reason=row.reason,
        warnings=row.warnings,
        address=masked(row.wish.address if row.wish is not None else row.candidate.address),
        kind=row.wish.kind.value if row.wish is not None else "",
        area=areas.get(area_id, "") if area_id is not None else "",
        camera_id=int(row.before.camera.id) if row.before is not None else None,
        check=check,
    )
