"""How cameras played, in and out of the database."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from pantau.db.database import Reading, Writing
from pantau.viewers.models import PlayFailureRow, PlayQualityRow
from pantau.viewers.repository import add_up
from pantau.viewers.views import PlayFigures

COUNTERS: Final = (
    PlayQualityRow.plays,
    PlayQualityRow.starts,
    PlayQualityRow.start_ms,
    PlayQualityRow.starts_within_1s,
    PlayQualityRow.starts_within_2s,
    PlayQualityRow.starts_within_4s,
    PlayQualityRow.starts_within_8s,
    PlayQualityRow.stalls,
    PlayQualityRow.stalled_ms,
    PlayQualityRow.played_ms,
    PlayQualityRow.codec_refusals,
)


async def add_quality(
    writing: Writing,
    counted: Mapping[tuple[int, datetime], Mapping[str, int]],
    failures: Mapping[tuple[int, datetime, str], int],
) -> None:
    """Add to the counters of cameras and hours; a counter that is not told is 0."""
    table, failed = PlayQualityRow, PlayFailureRow
    rows = [
        {"camera_id": camera_id, "hour_at": hour_at}
        | {column.key: values.get(column.key, 0) for column in COUNTERS}
        for (camera_id, hour_at), values in counted.items()
    ]
    await add_up(writing, table, rows, keys=(table.camera_id, table.hour_at), sums=COUNTERS)
    causes = [
        {"camera_id": camera_id, "hour_at": hour_at, "cause": cause, "failures": count}
        for (camera_id, hour_at, cause), count in failures.items()
    ]
    await add_up(
        writing,
        failed,
        causes,
        keys=(failed.camera_id, failed.hour_at, failed.cause),
        sums=(failed.failures,),
    )


async def figures_since(work: Reading, since: datetime) -> Sequence[PlayFigures]:
    """Return what every camera's hours since then come to."""
    table, failed = PlayQualityRow, PlayFailureRow
    causes: dict[int, list[tuple[str, int]]] = defaultdict(list)
    count = func.sum(failed.failures)
    for row in await work.session.execute(
        select(failed.camera_id, failed.cause, count)
        .where(failed.hour_at >= since)
        .group_by(failed.camera_id, failed.cause)
        .order_by(count.desc(), failed.cause)
    ):
        causes[row[0]].append((row[1], int(row[2])))
    found = await work.session.execute(
        select(table.camera_id, *(func.sum(column).label(column.key) for column in COUNTERS))
        .where(table.hour_at >= since)
        .group_by(table.camera_id)
        .order_by(table.camera_id)
    )
    return [
        _figures({name: int(value) for name, value in row.items()}, causes[row["camera_id"]])
        for row in found.mappings()
    ]


def _figures(summed: Mapping[str, int], causes: Sequence[tuple[str, int]]) -> PlayFigures:
    starts = summed["starts"]
    within = tuple(summed[f"starts_within_{limit_s}s"] for limit_s in (1, 2, 4, 8))
    return PlayFigures(
        camera_id=summed["camera_id"],
        plays=summed["plays"],
        starts=starts,
        mean_start_ms=summed["start_ms"] // starts if starts else None,
        starts_within=(within[0], within[1], within[2], within[3], starts - sum(within)),
        stalls=summed["stalls"],
        stalled_ms=summed["stalled_ms"],
        played_ms=summed["played_ms"],
        codec_refusals=summed["codec_refusals"],
        failures=tuple(causes),
    )
