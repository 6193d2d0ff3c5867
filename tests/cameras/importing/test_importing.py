"""Imports in the database: all or nothing, once however often, taken back as a whole."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pantau.cameras.importing import repository
from pantau.cameras.importing.service import MOST_PREVIEWS
from pantau.cameras.importing.values import Decision, Phase, Progress, State
from pantau.core.errors import Conflict, Invalid, NotFound
from pantau.db.database import Database
from tests.audit.trails import rows as trail_rows
from tests.cameras.desk import ADMIN, person
from tests.cameras.importing import catalogues
from tests.cameras.importing.catalogues import PLAIN, as_bytes
from tests.cameras.importing.office import Office, office_on

pytestmark = pytest.mark.anyio

CITY = as_bytes([*PLAIN, catalogues.JOGJA, catalogues.GRESIK, catalogues.SUMEDANG_RAW])
SECRETS = ("rahasia", "AAA111", "10.9.8.7")


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    return office_on(database, tmp_path)


async def test_a_preview_writes_no_camera_and_applying_writes_all(office: Office) -> None:
    view = await office.preview(CITY)
    assert (view.state, dict(view.summary)) == (
        State.PREVIEW,
        {"create": 5, "update": 0, "skip": 0, "refuse": 0},
    )
    assert await office.cameras() == []
    assert await office.areas() == []
    told: list[Progress] = []
    done = await office.imports.apply(view.id, by=ADMIN, tell=told.append)
    assert done.state is State.APPLIED
    assert (told[-1].phase, told[-1].done, told[-1].total) == (Phase.WRITING, 5, 5)
    cameras = await office.cameras()
    assert [stored.camera.name for stored in cameras] == [
        "Simpang Lima", "Pasar Wetan", "Alun-Alun", "Gerbang Tol", "Terminal Ciakar",
    ]  # fmt: skip
    assert {stored.import_id for stored in cameras} == {view.id}
    assert len({stored.camera.stream_key for stored in cameras}) == 5
    assert [area.name for area in await office.areas()] == ["Wanasari, Margaluyu"]
    assert [line.camera_id for line in await office.lines(done)] == [
        stored.camera.id for stored in cameras
    ]
    with pytest.raises(Conflict):
        await office.imports.apply(view.id, by=ADMIN)


async def test_a_second_run_changes_nothing(office: Office) -> None:
    await office.brought(CITY)
    before = await office.cameras()
    office.clock.wind(60)
    again = await office.brought(CITY)
    assert dict(again.summary) == {"create": 0, "update": 0, "skip": 5, "refuse": 0}
    assert await office.cameras() == before


async def test_an_import_is_taken_back_as_a_whole(office: Office) -> None:
    first = await office.brought(as_bytes(PLAIN))
    before = await office.cameras()
    office.clock.wind(60)
    changed = [{**PLAIN[0], "title": "Other name", "kecamatan": "New"}, catalogues.JOGJA]
    second = await office.brought(as_bytes(changed))
    assert dict(second.summary) == {"create": 1, "update": 1, "skip": 0, "refuse": 0}
    office.clock.wind(60)
    undone = await office.imports.undo(second.id, by=ADMIN)
    assert (undone.deleted, undone.restored, undone.kept) == (1, 1, 0)
    assert await office.cameras() == before
    assert await office.areas() == []
    assert [line.undone for line in await office.lines(second)] == ["restored", "deleted"]
    with pytest.raises(Conflict):
        await office.imports.undo(second.id, by=ADMIN)
    # What came before can be taken back after it.
    undone = await office.imports.undo(first.id, by=ADMIN)
    assert (undone.deleted, undone.kept) == (2, 0)
    assert await office.cameras() == []


async def test_what_somebody_changed_since_is_left(office: Office) -> None:
    view = await office.brought(as_bytes(PLAIN))
    office.clock.wind(60)
    await office.brought(as_bytes([{**PLAIN[0], "title": "Changed since"}]))
    undone = await office.imports.undo(view.id, by=ADMIN)
    assert (undone.deleted, undone.kept) == (1, 1)
    assert [stored.camera.name for stored in await office.cameras()] == ["Changed since"]
    assert [line.undone for line in await office.lines(view)] == ["kept", "deleted"]


async def test_cameras_that_came_meanwhile_are_not_made_twice(office: Office) -> None:
    first, second = await office.preview(CITY), await office.preview(CITY)
    assert first.summary == second.summary
    await office.imports.apply(first.id, by=ADMIN)
    done = await office.imports.apply(second.id, by=ADMIN)
    assert done.summary["create"] == 0
    assert len(await office.cameras()) == 5


async def test_other_choices_decide_anew(office: Office) -> None:
    view = await office.preview(as_bytes(PLAIN))
    options = view.options.model_copy(update={"profile": "private-rtsp"})
    again = await office.imports.choose(view.id, options, by=ADMIN)
    assert again.summary["refuse"] == 2
    assert (await office.imports.view(view.id, by=ADMIN)).summary["refuse"] == 2
    with pytest.raises(Invalid):
        await office.imports.choose(view.id, options.model_copy(update={"profile": "x"}), by=ADMIN)


async def test_rows_come_in_pages_and_by_decision(office: Office) -> None:
    rows = [*PLAIN, {"name": "broken"}, *({**PLAIN[0], "title": f"Twin {n}"} for n in range(3))]
    view = await office.preview(as_bytes(rows))
    for done in (view, await office.imports.apply(view.id, by=ADMIN)):
        first = await office.imports.lines(done.id, by=ADMIN, limit=2)
        rest = await office.imports.lines(done.id, by=ADMIN, after=first[-1].row)
        assert [line.row for line in (*first, *rest)] == [1, 2, 3, 4, 5, 6]
        refused = await office.imports.lines(done.id, by=ADMIN, decision=Decision.REFUSE)
        assert [line.name for line in refused] == ["broken"]


async def test_previews_are_their_owners_alone_and_do_not_last(office: Office) -> None:
    view = await office.preview(CITY)
    other = person(role="admin", everywhere=True)
    stranger = replace(other, actor=replace(other.actor, user_id=9, name="tono"))
    for call in (office.imports.view, office.imports.apply, office.imports.discard):
        with pytest.raises(NotFound):
            await call(view.id, by=stranger)
    assert await office.imports.views(by=stranger) == []
    office.clock.wind(timedelta(hours=2).total_seconds())
    with pytest.raises(NotFound):
        await office.imports.apply(view.id, by=ADMIN)
    assert await office.imports.views(by=ADMIN) == []


async def test_previews_are_few(office: Office) -> None:
    views = [await office.preview(CITY) for _ in range(MOST_PREVIEWS + 2)]
    kept = [view.id for view in await office.imports.views(by=ADMIN)]
    assert kept == [view.id for view in reversed(views[-MOST_PREVIEWS:])]
    await office.imports.discard(kept[0], by=ADMIN)
    assert len(await office.imports.views(by=ADMIN)) == MOST_PREVIEWS - 1


async def test_operators_see_and_undo_their_own_imports_only(office: Office) -> None:
    async with office.database.write() as work:
        await work.session.execute(
            text(
                "INSERT INTO areas (name, slug, managed_by, created_at) "
                "VALUES ('Wanasari', 'wanasari', 'operator', '2026-01-01 00:00:00+00:00')"
            )
        )
    (area,) = await office.areas()
    siti = person(int(area.id))
    siti = replace(siti, actor=replace(siti.actor, user_id=5, name="siti"))
    view = await office.brought(as_bytes(PLAIN), by=siti, area_rule="one", area="Wanasari")
    assert view.summary["create"] == 2
    refused = await office.preview(as_bytes([catalogues.JOGJA]), by=siti)
    assert refused.summary["refuse"] == 1
    budi = replace(siti, actor=replace(siti.actor, user_id=6, name="budi"))
    with pytest.raises(NotFound):
        await office.imports.undo(view.id, by=budi)
    assert [each.id for each in await office.imports.views(by=ADMIN)] == [view.id]
    await office.imports.undo(view.id, by=ADMIN)
    # An admin gives the area to somebody else.
    view = await office.brought(as_bytes(PLAIN), by=siti, area_rule="one", area="Wanasari")
    moved = replace(siti, principal=replace(siti.principal, area_ids=frozenset({99})))
    undone = await office.imports.undo(view.id, by=moved)
    assert (undone.deleted, undone.restored, undone.kept) == (0, 0, 2)
    assert len(await office.cameras()) == 2


@pytest.mark.parametrize("key", ["all_others", "their-path", "a", "A" * 36])
async def test_no_import_chooses_a_name_at_the_media_server(office: Office, key: str) -> None:
    row = {"name": "Gate", "address": "rtsp://10.0.0.7/live", "stream_key": key}
    own = json.dumps({"format": "pantau-cameras", "version": 1, "cameras": [row]}).encode()
    view = await office.brought(own)
    assert dict(view.summary) == {"create": 0, "update": 0, "skip": 0, "refuse": 1}
    assert await office.cameras() == []


async def test_nothing_is_written_when_something_fails(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = await office.preview(CITY)

    async def broken(*_: Any, **__: Any) -> None:
        raise Conflict("test.broken", "Broken.")

    monkeypatch.setattr(repository, "put_lines", broken)
    with pytest.raises(Conflict):
        await office.imports.apply(view.id, by=ADMIN)
    monkeypatch.undo()
    assert await office.cameras() == []
    assert await office.areas() == []
    assert (await office.imports.view(view.id, by=ADMIN)).state is State.PREVIEW
    assert (await office.imports.apply(view.id, by=ADMIN)).state is State.APPLIED


async def test_progress_is_readable_by_other_processes_and_forgotten_with_them(
    office: Office, tmp_path: Path
) -> None:
    view = await office.preview(CITY)
    await office.imports.put_progress(view.id, Progress(Phase.WRITING, 3, 5))
    elsewhere = office_on(office.database, tmp_path)
    elsewhere.clock.wind(1)
    assert (await elsewhere.imports.view(view.id, by=ADMIN)).progress == Progress(
        Phase.WRITING, 3, 5
    )
    elsewhere.clock.wind(300)
    assert (await elsewhere.imports.view(view.id, by=ADMIN)).progress.phase is Phase.IDLE


async def test_two_at_once_write_once(office: Office) -> None:
    view = await office.preview(CITY)
    results = await asyncio.gather(
        *(office.imports.apply(view.id, by=ADMIN) for _ in range(3)), return_exceptions=True
    )
    assert sum(not isinstance(each, BaseException) for each in results) == 1
    assert all(isinstance(each, Conflict) for each in results if isinstance(each, BaseException))
    assert len(await office.cameras()) == 5


async def test_the_log_and_the_trail_know_and_nothing_readable_holds_a_secret(
    office: Office,
) -> None:
    rows = as_bytes([catalogues.GRESIK, catalogues.JOMBANG])
    first = await office.brought(rows)
    second = await office.brought(
        as_bytes([{**catalogues.GRESIK, "name": "Lain"}]), profile="private-rtsp"
    )
    await office.imports.undo(second.id, by=ADMIN)
    await office.export.text("json", with_secrets=False, by=ADMIN)
    entries = await trail_rows(office.database)
    assert [entry["name"] for entry in entries] == [
        "IMPORT_CAMERAS", "IMPORT_CAMERAS", "UNDO_CAMERA_IMPORT", "EXPORT_CAMERAS",
    ]  # fmt: skip
    await office.preview(rows)
    told = [str(line) for line in await office.lines(first)]
    async with office.database.read() as reading:
        for table in ("camera_imports", "camera_import_rows", "camera_events", "audit_entries"):
            found = await reading.session.execute(text(f"SELECT * FROM {table}"))  # noqa: S608
            told += [str(tuple(row)) for row in found]
    assert len(told) > 8
    assert [secret for secret in SECRETS for line in told if secret in line] == []


async def test_progress_is_told_while_many_rows_are_written(
    sqlite_database: Database, tmp_path: Path
) -> None:
    office = office_on(sqlite_database, tmp_path)
    rows = [
        {
            "name": f"Simpang {n}",
            "url": f"https://s{n % 90}.cctv.example/{n}/x.m3u8",
            "lat": -7,
            "lng": 110,
        }
        for n in range(2_000)
    ]
    told: list[Progress] = []
    view = await office.preview(as_bytes(rows))
    done = await office.imports.apply(view.id, by=ADMIN, tell=told.append)
    assert done.summary["create"] == 2_000
    assert len({progress.done for progress in told if progress.phase is Phase.WRITING}) >= 4
    assert (await office.brought(as_bytes(rows))).summary["skip"] == 2_000
