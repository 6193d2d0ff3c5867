"""The list for those who run cameras: what it finds, in which order, page by page."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from pantau.cameras.adding import add_cameras, blank
from pantau.cameras.applying import applied
from pantau.cameras.capabilities import SourceKind
from pantau.cameras.changes import CameraChange, CutOffOrder
from pantau.cameras.conditions import Condition
from pantau.cameras.decisions import Visibility
from pantau.cameras.listing import CameraFilter, CameraList, Sort
from pantau.cameras.models import CameraSource, HealthState
from pantau.core.errors import Invalid, NotFound
from pantau.core.ids import CameraId
from pantau.core.networks import policy_of
from pantau.db.database import Database
from tests.cameras.desk import ADDRESS, ADMIN, Desk, open_desk
from tests.support.clock import START
from tests.support.hub import table

pytestmark = pytest.mark.anyio


@dataclass
class Conditions:
    """What a test says is known."""

    health: dict[int, HealthState] = field(default_factory=dict)

    def of(self, camera_id: CameraId) -> Condition:
        return Condition(health=self.health.get(int(camera_id), HealthState.UNKNOWN))


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> Desk:
    return await open_desk(database, tmp_path)


def list_of(desk: Desk, conditions: Conditions | None = None) -> CameraList:
    hub = desk.hub
    return CameraList(
        hub.database, hub.sealer, conditions=conditions or Conditions(), clock=hub.clock
    )


async def found(cameras: CameraList, **wanted: object) -> list[str]:
    rows = await cameras.all(CameraFilter(**wanted))  # type: ignore[arg-type]  # by name
    return [each.stored.camera.name for each in rows]


async def test_every_filter_finds_its_own(desk: Desk) -> None:
    await desk.hub.add_area(1, "North")
    await desk.hub.synchronise(table("Fixed"))
    await desk.add("Gate", area_id=1, location="Jl. Pahlawan", enabled=False)
    await desk.add("Yard", "https://cdn.example.org/a.m3u8", status="maintenance")
    number = (await desk.add("Üpper Gate", visibility=Visibility.PARTNER)).camera.id
    await desk.editor.cut_off(
        number, CutOffOrder(reason="x", until=START + timedelta(minutes=1)), by=ADMIN
    )
    cameras = list_of(desk, Conditions({2: HealthState.OFFLINE}))
    assert await found(cameras) == ["Fixed", "Gate", "Yard", "Üpper Gate"]
    assert await found(cameras, search="gate") == ["Gate", "Üpper Gate"]
    assert await found(cameras, search="ÜPPER gate") == ["Üpper Gate"]
    assert await found(cameras, search="pahlawan") == ["Gate"]
    assert await found(cameras, search="cdn.example") == []
    assert await found(cameras, search="cdn.example", sees_hosts=True) == ["Yard"]
    assert await found(cameras, search="geheim", sees_hosts=True) == []
    assert await found(cameras, area_id=1) == ["Gate"]
    assert await found(cameras, area_id=0) == ["Fixed", "Yard", "Üpper Gate"]
    assert await found(cameras, state=HealthState.OFFLINE) == ["Gate"]
    assert await found(cameras, status="maintenance") == ["Yard"]
    assert await found(cameras, kind=SourceKind.HLS) == ["Yard"]
    assert await found(cameras, enabled=False) == ["Gate"]
    assert await found(cameras, visibility=Visibility.PARTNER) == ["Üpper Gate"]
    assert await found(cameras, managed_by="settings") == ["Fixed"]
    assert await found(cameras, is_cut_off=True) == ["Üpper Gate"]
    desk.hub.clock.wind(61)
    assert await found(cameras, is_cut_off=True) == []


async def test_it_is_true_after_every_change(desk: Desk) -> None:
    cameras = list_of(desk)
    assert await found(cameras) == []
    number = (await desk.add()).camera.id
    assert await found(cameras) == ["Gate"]
    await desk.change(number, name="Harbour", address="rtsp://root:geheim@10.0.0.2/live")
    (row,) = await cameras.all()
    assert row.stored.camera.name == "Harbour"
    assert row.stored.camera.source.url == "rtsp://root:***@10.0.0.2/live"
    assert (await cameras.one(number)) == row
    await desk.change(number, snapshot_url="http://a:geheim@10.0.0.2/x.jpg")
    await desk.editor.remove(number, by=ADMIN)
    assert await found(cameras) == []
    with pytest.raises(NotFound):
        await cameras.one(number)


async def test_nothing_changed_costs_no_second_reading(desk: Desk) -> None:
    cameras = list_of(desk)
    await desk.add()
    (first,) = await cameras.all()
    (second,) = await cameras.all()
    assert first.stored is second.stored


async def test_no_password_is_kept(desk: Desk) -> None:
    await desk.add(address="https://me:geheim@cdn.example.org/a.m3u8?token=geheim",
                   headers=(("Authorization", "geheim"),), proxy="http://me:geheim@10.0.0.9",
                   snapshot_url="http://me:geheim@10.0.0.9/x.jpg")  # fmt: skip
    cameras = list_of(desk)
    (row,) = await cameras.all()
    source = row.stored.camera.source
    for kept in (source.url, source.proxy, source.snapshot_url, str(source.headers)):
        assert "geheim" not in kept
        assert "***" in kept
    assert "geheim" not in "".join(each.stored.camera.source.url for each in cameras._shown)


@pytest.mark.parametrize("descending", [False, True])
async def test_pages_in_every_order_hold_each_camera_once(desk: Desk, descending: bool) -> None:
    names = ["b", "a", "B", "c", "a", "Ä", "a", "d", "C"]
    for number, name in enumerate(names):
        desk.hub.clock.wind(number % 2)
        await desk.add(name, location=name * 2)
    cameras = list_of(desk, Conditions({2: HealthState.OFFLINE, 5: HealthState.ONLINE}))
    for sort in get_args(Sort):
        rows: list[int] = []
        cursor = None
        while True:
            page = await cameras.page(
                CameraFilter(), sort=sort, descending=descending, limit=2, cursor=cursor
            )
            rows += [int(each.stored.camera.id) for each in page.rows]
            assert (page.counts.total, page.counts.matching) == (9, 9)
            if (cursor := page.next_cursor) is None:
                break
        assert sorted(rows) == list(range(1, 10)), sort
    by_name = await cameras.page(CameraFilter(), sort="name", descending=descending, limit=200)
    shown = [each.stored.camera.name.casefold() for each in by_name.rows]
    assert shown == sorted(shown, reverse=descending)


async def test_counts_tell_what_each_state_would_give(desk: Desk) -> None:
    for name in ("a", "b", "c", "x"):
        await desk.add(name, location="north" if name != "x" else "south")
    states = {1: HealthState.OFFLINE, 2: HealthState.ONLINE, 3: HealthState.ONLINE}
    cameras = list_of(desk, Conditions(states))
    page = await cameras.page(CameraFilter(search="north", state=HealthState.OFFLINE), limit=1)
    assert (page.counts.total, page.counts.matching) == (4, 1)
    assert page.counts.states == {HealthState.OFFLINE: 1, HealthState.ONLINE: 2}


async def test_a_cursor_of_another_list_is_refused(desk: Desk) -> None:
    for name in "abc":
        await desk.add(name)
    cameras = list_of(desk)
    cursor = (await cameras.page(CameraFilter(), sort="name", limit=1)).next_cursor
    assert cursor is not None
    for wrong, sort in ((cursor, "id"), ("nonsense", "id"), ("W10", "id"), ("é", "id")):
        with pytest.raises(Invalid) as refused:
            await cameras.page(CameraFilter(), sort=sort, cursor=wrong)  # type: ignore[arg-type]
        assert refused.value.field == "cursor"
    with pytest.raises(Invalid):
        await cameras.page(CameraFilter(), sort="name", descending=True, cursor=cursor)
    for limit in (0, 201):
        with pytest.raises(Invalid):
            await cameras.page(CameraFilter(), limit=limit)


async def test_a_source_is_known_again_by_its_password_too(desk: Desk) -> None:
    key = (await desk.add()).camera.stream_key
    await desk.add("Off", "rtsp://admin:geheim@10.0.0.5/live", enabled=False)
    cameras = list_of(desk)
    assert await cameras.stream_key_of(CameraSource(ADDRESS)) == key
    for other in (
        ADDRESS.replace("geheim", "other"),
        ADDRESS.replace("live", "second"),
        "rtsp://admin:geheim@10.0.0.5/live",
        "rtsp://10.9.9.9/",
    ):
        assert await cameras.stream_key_of(CameraSource(other)) == ""


async def test_many_are_added_in_one_transaction(desk: Desk) -> None:
    policy = policy_of(())
    drafts = [
        applied(
            blank(START),
            CameraChange(name=f"Gate {n % 40}", address=f"rtsp://a:geheim{n}@10.0.0.1/{n}"),
            policy=policy,
        )
        for n in range(500)
    ]
    before = await desk.add()
    async with desk.hub.database.write() as writing:
        added = await add_cameras(writing, drafts, sealer=desk.hub.sealer)
    stored = await desk.hub.cameras()
    assert [each.camera.id for each in added] == list(range(2, 502))
    assert len({each.camera.slug for each in added} | {before.camera.slug}) == 501
    assert len({each.camera.stream_key for each in added}) == 500
    assert stored["Gate 7"].camera.source.url.startswith("rtsp://a:geheim")
    assert (await desk.add()).camera.id == 502
