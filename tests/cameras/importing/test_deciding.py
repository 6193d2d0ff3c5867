"""Every row is decided with a reason, and the same catalogue twice changes nothing."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pantau.areas.models import Area
from pantau.cameras.capabilities import SourceKind
from pantau.cameras.decisions import Visibility
from pantau.cameras.importing.addresses import infer_kind, same_source
from pantau.cameras.importing.deciding import Decided, Plan, Surroundings, decide
from pantau.cameras.importing.options import AreaRule, Options
from pantau.cameras.importing.provenance import read_provenance
from pantau.cameras.importing.reading import read_catalogue
from pantau.cameras.importing.values import Decision
from pantau.cameras.stored import StoredCamera
from pantau.core.errors import Invalid
from pantau.core.ids import AreaId, CameraId
from pantau.core.networks import policy_of
from tests.cameras.importing import catalogues
from tests.cameras.importing.catalogues import PLAIN, as_bytes

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 9, 2, 12, tzinfo=UTC)


def everywhere(_: int | None) -> bool:
    return True


def plan_of(
    rows: object,
    *,
    here: Sequence[StoredCamera] = (),
    areas: Sequence[Area] = (),
    may_change: Callable[[int | None], bool] = everywhere,
    checks: Mapping[int, str] | None = None,
    now: datetime = NOW,
    **options: Any,
) -> Plan:
    data = rows if isinstance(rows, bytes) else as_bytes(rows)
    around = Surroundings(
        cameras=here,
        areas=areas,
        policy=policy_of(()),
        now=now,
        may_change=may_change,
        checks=checks or {},
    )
    return decide(read_catalogue(data), Options(**options), around)


def decided(row: dict[str, Any], **more: Any) -> Decided:
    (only,) = plan_of([row], **more).rows
    return only


def written(plan: Plan, here: Sequence[StoredCamera] = ()) -> list[StoredCamera]:
    """Return the cameras after a plan was written, numbered as the database would."""
    cameras = {int(stored.camera.id): stored for stored in here}
    areas = {int(area.id): AreaId(1000 - int(area.id)) for area in plan.areas}
    for row in plan.rows:
        if row.after is None:
            continue
        stored, number = row.after, int(row.after.camera.id) or max(cameras, default=0) + 1
        area_id = stored.camera.area_id
        camera = replace(
            stored.camera,
            id=CameraId(number),
            stream_key=stored.camera.stream_key or f"key-{number}",
            area_id=areas.get(int(area_id), area_id) if area_id is not None else None,
        )
        cameras[number] = replace(stored, camera=camera)
    return list(cameras.values())


def areas_of(plan: Plan) -> list[Area]:
    return [replace(area, id=AreaId(1000 - int(area.id))) for area in plan.areas]


def source(address: str, **more: Any) -> dict[str, Any]:
    return {"name": "Gerbang", "url": address, **more}


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("wss://x.cctv.example/s", SourceKind.MPEGTS_WS),
        ("https://x.cctv.example/zm/cgi-bin/nph-zms?monitor=1", SourceKind.MJPEG),
        ("https://x.cctv.example/a.flv?x=.m3u8", SourceKind.FLV),
        ("https://x.cctv.example/a.m3u8?token=1", SourceKind.HLS),
        ("https://www.youtube.com/embed/abc", SourceKind.EMBED),
        ("http://x.cctv.example/cam", SourceKind.MJPEG),
        ("rtsp://u:p@x.cctv.example/1", SourceKind.RTSP),
        ("rtmp://x.cctv.example/1", None),
        ("https://x.cctv.example/a.mp4", None),
    ],
)
def test_kinds_are_told_in_the_order_that_condemns_nobody(
    address: str, kind: SourceKind | None
) -> None:
    assert infer_kind(address) is kind


def test_a_player_page_gives_away_the_stream_behind_its_hash() -> None:
    row = decided(catalogues.SURAKARTA)
    assert row.decision is Decision.CREATE
    assert row.after is not None
    assert row.after.camera.source.url == "https://f.cctv.example:8086/c/Balai.flv"
    assert row.after.camera.source.kind == "flv"
    assert row.after.camera.source.tls == "insecure"
    assert (row.after.camera.latitude, row.after.camera.longitude) == (None, None)


def test_public_hls_is_relayed_and_public_own_rtsp_is_private() -> None:
    row = decided(PLAIN[0])
    assert row.after is not None
    assert (row.after.camera.source.relay, row.after.camera.decision.visibility) == (
        True,
        Visibility.PUBLIC,
    )
    row = decided(catalogues.GRESIK, profile="private-rtsp")
    assert row.after is not None
    assert (row.after.camera.source.relay, row.after.camera.decision.visibility) == (
        False,
        Visibility.PRIVATE,
    )
    assert row.after.camera.on_demand
    assert not row.after.enable_recording
    row = decided({**PLAIN[0], "external_use_proxy": "0"}, visibility="partner", enabled=False)
    assert row.after is not None
    assert not row.after.camera.source.relay
    assert row.after.camera.decision.visibility is Visibility.PARTNER
    assert not row.after.camera.enabled


@pytest.mark.parametrize(
    ("row", "decision", "told"),
    [
        ({"url": "https://a.cctv.example/x.m3u8"}, "refuse", "no name"),
        ({"name": "A"}, "refuse", "no address"),
        ({"name": "A", "videoUrl": "/videos/3"}, "refuse", "only a part"),
        (source("rtmp://a.cctv.example/x"), "refuse", "not spoken"),
        (source("https://a.cctv.example/x.mp4"), "refuse", "a file"),
        (source("https://127.0.0.1/x.m3u8"), "refuse", "may not have"),
        (source("https://169.254.169.254/x.m3u8"), "refuse", "may not have"),
        (source("https://2130706433/x.m3u8"), "refuse", "may not have"),
        (source("file:///etc/passwd"), "refuse", ""),
        (source("testcard://x"), "refuse", ""),
        (source("rtsp://u:${PASS}@a.cctv.example/x"), "refuse", "placeholder"),
        (source("https://a.cctv.example:99999/x.m3u8"), "refuse", ""),
        (source("https://a.cctv.example/" + "x" * 600), "refuse", "longer than"),
        (source("https://a.cctv.example/x.m3u8", deletedAt="2025-01-01"), "skip", "deleted"),
        (source("https://a.cctv.example/x.m3u8"), "create", "new"),
        (source("https://a.cctv.example/x y.m3u8"), "create", "new"),
        (source("wss://a.cctv.example/x"), "create", "new"),
    ],
)
def test_rows_are_decided_with_a_reason(row: dict[str, Any], decision: str, told: str) -> None:
    found = decided(row)
    assert found.decision.value == decision
    assert told in found.reason
    assert "a.cctv.example" not in found.reason


def test_profiles_refuse_what_is_not_theirs_and_warn_of_what_expires() -> None:
    assert "kind of this profile" in decided(PLAIN[0], profile="private-rtsp").reason
    row = decided(catalogues.JOMBANG, profile="zoneminder")
    assert row.decision is Decision.CREATE
    assert any("expires" in warning for warning in row.warnings)
    with pytest.raises(Invalid) as caught:
        decided(PLAIN[0], profile="nonsense")
    assert caught.value.field == "profile"


def test_status_filter_follows_what_the_catalogue_says() -> None:
    row = source("https://a.cctv.example/x.m3u8", cctv_status="0")
    assert decided(row).decision is Decision.CREATE
    assert "offline" in decided(row).warnings[-1]
    assert decided(row, status="online").decision is Decision.SKIP
    assert decided(row, status="offline").decision is Decision.CREATE


def test_long_texts_are_cut_with_a_warning() -> None:
    row = decided(source("https://a.cctv.example/x.m3u8") | {"name": "N" * 130})
    assert row.after is not None
    assert len(row.after.camera.name) == 100
    assert "cut" in row.warnings[-1]


def test_the_same_address_twice_in_one_catalogue_is_one_camera() -> None:
    rows = [PLAIN[0], {**PLAIN[0], "title": "Other"}, PLAIN[1]]
    decisions = [(row.decision, row.reason) for row in plan_of(rows).rows]
    assert decisions[1] == (Decision.SKIP, "Row 1 has the same address.")
    assert [decision for decision, _ in decisions] == ["create", "skip", "create"]


def test_the_same_name_in_the_same_area_is_warned_of_or_skipped() -> None:
    other = {**PLAIN[1], "title": PLAIN[0]["title"]}
    rows = plan_of([PLAIN[0], other]).rows
    assert [row.decision for row in rows] == ["create", "create"]
    assert "same name" in rows[1].warnings[-1]
    rows = plan_of([PLAIN[0], other], same_name="skip").rows
    assert [row.decision for row in rows] == ["create", "skip"]
    apart = [{**PLAIN[0], "kecamatan": "A"}, {**other, "kecamatan": "B"}]
    assert plan_of(apart, same_name="skip").rows[1].decision is Decision.CREATE


def test_a_new_token_is_the_same_camera() -> None:
    here = written(plan_of([catalogues.JOMBANG], profile="zoneminder"))
    again = {**catalogues.JOMBANG, "url": str(catalogues.JOMBANG["url"]).replace("AAA111", "BBB2")}
    row = decided(again, here=here, profile="zoneminder")
    assert row.decision is Decision.UPDATE
    assert row.after is not None
    assert "BBB2" in row.after.camera.source.url
    assert row.after.camera.id == here[0].camera.id
    assert row.after.camera.stream_revision == 1


def test_cameras_are_found_again_by_origin_then_source_then_name() -> None:
    here = written(plan_of([catalogues.SUMEDANG_RAW]))
    moved = {**catalogues.SUMEDANG_RAW, "stream_url": "https://s2.cctv.example/k/s.m3u8"}
    assert decided(moved, here=here).decision is Decision.UPDATE
    renamed = {**catalogues.SUMEDANG_RAW, "name": "Ciakar", "source_id": 99}
    assert decided(renamed, here=here).decision is Decision.UPDATE
    named = {"name": "Terminal Ciakar", "url": "https://x.cctv.example/k.m3u8"}
    assert decided(named, here=here).decision is Decision.CREATE
    assert decided(named, here=here, same_name="update").decision is Decision.UPDATE
    assert decided(renamed, here=here, same_source="skip").decision is Decision.SKIP


def test_an_update_leaves_what_the_file_does_not_say() -> None:
    (stored,) = written(plan_of([PLAIN[0]]))
    decision = replace(stored.camera.decision, visibility=Visibility.PRIVATE, still_only=True)
    camera = replace(stored.camera, decision=decision, enabled=False, location="Here")
    row = decided({**PLAIN[0], "title": "New"}, here=[replace(stored, camera=camera)])
    assert row.decision is Decision.UPDATE
    assert row.reason == "This camera is here; another value: name."
    assert row.after is not None
    assert row.after.camera == replace(camera, name="New")
    nowhere = {key: value for key, value in PLAIN[0].items() if key not in {"lat", "lng"}}
    assert decided(nowhere, here=[stored]).decision is Decision.SKIP


@pytest.mark.parametrize("keeper", ["settings", "demo"])
def test_cameras_of_the_settings_stay(keeper: Any) -> None:
    (stored,) = written(plan_of([PLAIN[0]]))
    row = decided({**PLAIN[0], "title": "New"}, here=[replace(stored, managed_by=keeper)])
    assert row.decision is Decision.SKIP
    assert row.after is None


def test_operators_put_cameras_into_their_areas_only() -> None:
    mine = Area(id=AreaId(3), name="Wanasari", slug="wanasari", created_at=NOW)
    foreign = Area(id=AreaId(4), name="Margaluyu", slug="margaluyu", created_at=NOW)
    ask: dict[str, Any] = {"areas": [mine, foreign], "may_change": lambda number: number == 3}
    assert decided(PLAIN[0], area_rule="one", area="wanasari", **ask).decision is Decision.CREATE
    assert decided(PLAIN[0], area_rule="one", area="3", **ask).decision is Decision.CREATE
    for area in ("Margaluyu", "Elsewhere", ""):
        row = decided(PLAIN[0], area_rule="one", area=area, **ask)
        assert row.decision is Decision.REFUSE, area
    (stored,) = written(plan_of([PLAIN[0]], areas=[foreign], area_rule="one", area="4"))
    row = decided({**PLAIN[0], "title": "X"}, here=[stored], area_rule="one", area="3", **ask)
    assert row.reason == "This camera is in an area that you may not change."


def test_areas_come_from_fields_groups_or_nowhere() -> None:
    plan = plan_of(
        [catalogues.JOGJA, {**catalogues.JOGJA, "cctv_link": "https://b.cctv.example/2.m3u8"}]
    )
    (area,) = plan.areas
    assert (area.name, area.kecamatan, area.rw) == ("Wanasari, Margaluyu", "Margaluyu", "05")
    assert [row.after.camera.area_id for row in plan.rows if row.after] == [area.id, area.id]
    assert [area.name for area in plan_of([catalogues.JOGJA], area_rule="group").areas] == [
        "Lalu lintas"
    ]
    assert plan_of([catalogues.JOGJA], area_rule=AreaRule.NONE).areas == []
    refused = plan_of([source("rtmp://x.cctv.example/1", kecamatan="Z")])
    assert refused.areas == []


def test_where_a_camera_comes_from_is_public_and_leads_nowhere() -> None:
    row = decided(
        {
            "name": "Gerbang s.cctv.example",
            "description": "See https://user:pw@s.cctv.example/x?token=abc",
            "url": "https://s.cctv.example/secret/hls/s.m3u8",
            "source_site": "https://s.cctv.example/page",
            "source_id": 7,
            "provider": "s.cctv.example",
        }
    )
    assert row.after is not None
    camera = row.after.camera
    for text in (camera.name, camera.description, camera.location, row.name, row.reason):
        assert "s.cctv.example" not in text
        assert "pw" not in text
        assert "abc" not in text
    told = read_provenance(camera.description)
    assert told is not None
    assert told.key


def test_only_verified_cameras_are_created_when_that_is_asked() -> None:
    checks = {1: "ready", 2: "No answer in time."}
    rows = plan_of(PLAIN, only_verified=True, checks=checks).rows
    assert [row.decision for row in rows] == ["create", "skip"]
    assert "No answer in time." in rows[1].reason
    assert plan_of(PLAIN, only_verified=True).rows[0].decision is Decision.SKIP


EVERYTHING = [
    catalogues.JOGJA, catalogues.GRESIK, catalogues.JOMBANG, catalogues.SUMEDANG_RAW,
    catalogues.SURAKARTA, catalogues.TULUNGAGUNG, *PLAIN, {**PLAIN[0], "title": "Twin"},
    {**PLAIN[1], "url": "https://c.cctv.example/2.m3u8"}, source("ws://w.cctv.example/1"),
    source("https://e.cctv.example/a b.m3u8", name="N" * 120, lat=110, lng=-7, status="offline"),
]  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        as_bytes(EVERYTHING),
        catalogues.MEDIAMTX.encode(),
        catalogues.FRIGATE.encode(),
        catalogues.M3U.encode(),
    ],
)
def test_a_second_run_changes_nothing(data: bytes) -> None:
    plan = plan_of(data)
    assert any(row.decision is Decision.CREATE for row in plan.rows)
    here, areas = written(plan), areas_of(plan)
    again = plan_of(data, here=here, areas=areas, now=LATER)
    assert {row.decision for row in again.rows} <= {Decision.SKIP, Decision.REFUSE}
    assert again.areas == []


_ROW = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["A", "B", "A  ", "N" * 120, ""]),
        "url": st.sampled_from(
            [
                "https://a.cctv.example/1.m3u8",
                "https://a.cctv.example/1.m3u8?token=9",
                "rtsp://u:p@b.cctv.example/1",
                "rtsp://u:q@b.cctv.example:554/1",
                "http://c.cctv.example/nph-zms?monitor=1",
                "https://d.cctv.example/x.flv",
                "bad",
            ]
        ),
        "source_site": st.sampled_from(["https://p.cctv.example/", "Kota", "http://a.cctv.example"]),
        "source_id": st.integers(1, 3),
        "kecamatan": st.sampled_from(["X", "Y", ""]),
        "lat": st.sampled_from([None, -7.5, "0", "abc", 110]),
        "lng": st.sampled_from([None, 110.5, "0", -7]),
        "status": st.sampled_from(["online", "offline", "1"]),
        "description": st.sampled_from(["", "Text", "SOURCE: Kota | source_id: 2"]),
        "group": st.sampled_from(["G", ""]),
    },
)  # fmt: skip


@settings(max_examples=150)
@given(
    st.lists(_ROW, min_size=1, max_size=8),
    st.sampled_from(["generic", "zoneminder", "hls"]),
    st.sampled_from(list(AreaRule)),
    st.sampled_from(["", "warn", "skip", "update"]),
)
def test_whatever_a_catalogue_says_a_second_run_changes_nothing(
    rows: list[dict[str, Any]], profile: str, rule: AreaRule, same_name: str
) -> None:
    options: dict[str, Any] = {"profile": profile, "area_rule": rule, "same_name": same_name}
    options["area"] = "Target" if rule is AreaRule.ONE else ""
    data = json.dumps(rows).encode()
    plan = plan_of(data, **options)
    assert [row.candidate.row for row in plan.rows] == list(range(1, len(rows) + 1))
    assert all(row.reason for row in plan.rows)
    here = written(plan)
    again = plan_of(data, here=here, areas=areas_of(plan), now=LATER, **options)
    assert {row.decision for row in again.rows} <= {Decision.SKIP, Decision.REFUSE}
    assert len({same_source(stored.camera.source.url) for stored in here}) == len(here)
