"""`pantau analytics rebuild` counts again without a server."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pantau.app.view_counting import recount
from pantau.db.place import FILE_NAME, sqlite_place
from pantau.settings import Settings
from tests.analytics.views import Hub, keep, view
from tests.support.clock import HandWoundClock
from tests.support.database import opened

NOW = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)


@pytest.mark.anyio
async def test_everything_is_counted_again(tmp_path: Path, sqlite_template: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    shutil.copy(sqlite_template, tmp_path / FILE_NAME)
    heard: list[tuple[int, int]] = []
    async with opened(sqlite_place(tmp_path / FILE_NAME)) as database:
        hub = Hub(database, HandWoundClock(NOW))
        await keep(database, [view(NOW - timedelta(hours=number)) for number in range(30)])
        await hub.roller().catch_up()
        assert await recount(settings, lambda done, total: heard.append((done, total))) == 30
        assert (await hub.report()).totals.sessions == 30
    assert heard[-1] == (30, 30)
