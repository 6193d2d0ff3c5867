"""Each check judges what was measured: tables of what is fine, advisable and wrong."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pantau.media.errors import Cause
from pantau.operations.doctor import databases, limits, ports, recording_source, services
from pantau.operations.doctor.clocks import check_second_clock, check_synchronisation
from pantau.operations.doctor.databases import BackupFacts, ServerFacts
from pantau.operations.doctor.ports import Listener
from pantau.operations.doctor.public_site import (
    CacheMarks,
    Heard,
    Reached,
    check_proxy_cache,
    check_proxy_headers,
    check_public_address,
)
from pantau.operations.doctor.services import ReleaseFacts
from pantau.operations.machine_mounts import file_system_of, why_unfit

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
URL = "https://cctv.example.org"
HEARD: dict[str, Any] = {
    "from_proxy": True,
    "peer": "127.0.0.1",
    "forwarded_for": "203.0.113.9",
    "forwarded_proto": "https",
    "host": "cctv.example.org",
}


@pytest.mark.parametrize(
    ("apart_s", "grade"), [(0, "fine"), (1.5, "fine"), (5, "advice"), (-5, "advice"), (90, "wrong")]
)
def test_second_clock(apart_s: float, grade: str) -> None:
    there = NOW + timedelta(seconds=apart_s)
    assert check_second_clock(NOW, there, whose="it").grade == grade


def test_clock_that_nobody_keeps_right_is_worth_advice() -> None:
    assert check_synchronisation(is_synchronised=True).grade == "fine"
    assert check_synchronisation(is_synchronised=False).grade == "advice"


@pytest.mark.parametrize(
    ("mounts", "folder", "kind"),
    [
        (
            "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:4 / /srv rw - nfs4 nas:/x rw",
            "/srv/a",
            "nfs4",
        ),
        ("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:4 / /srv rw - nfs4 nas:/x rw", "/srvx", "ext4"),
        (r"2 1 0:4 / /mnt/a\040disk rw - vfat /dev/sdb rw", "/mnt/a disk/x", "vfat"),
        ("nonsense\n1 0 8:1 / / rw shared:1 master:2 - xfs /dev/sda1 rw", "/any", "xfs"),
        ("", "/any", ""),
    ],
)
def test_file_system_is_that_of_the_innermost_mount(mounts: str, folder: str, kind: str) -> None:
    assert file_system_of(Path(folder), mounts).kind == kind


@pytest.mark.parametrize(
    ("line", "for_database", "is_unfit"),
    [
        ("1 0 8:1 / / rw - ext4 x rw", True, False),
        ("1 0 8:1 / / ro - ext4 x ro", False, True),
        ("1 0 8:1 / / rw - nfs4 x rw", True, True),
        ("1 0 8:1 / / rw - nfs4 x rw", False, False),
        ("1 0 8:1 / / rw - exfat x rw", False, True),
        ("1 0 8:1 / / rw - tmpfs x rw", False, True),
    ],
)
def test_unfit_file_systems(line: str, *, for_database: bool, is_unfit: bool) -> None:
    mount = file_system_of(Path("/any"), line)
    assert bool(why_unfit(mount, for_database=for_database)) is is_unfit


@pytest.mark.parametrize(
    ("limit", "cameras", "grade"),
    [(65_536, 500, "fine"), (1_024, 1, "advice"), (256, 0, "wrong"), (5_000, 500, "advice")],
)
def test_open_files(limit: int, cameras: int, grade: str) -> None:
    assert limits.check_open_files(limit, cameras=cameras, is_running=True).grade == grade


@pytest.mark.parametrize(
    ("gib", "cameras", "grade"), [(4, 50, "fine"), (0.5, 8, "wrong"), (1, 300, "wrong")]
)
def test_memory(gib: float, cameras: int, grade: str) -> None:
    allowed_bytes = int(gib * 2**30)
    told = limits.check_memory(allowed_bytes, cameras=cameras, cache_bytes=288 * 2**20)
    assert told.grade == grade
    assert limits.check_memory(None, cameras=1, cache_bytes=0).grade == "fine"


def test_internal_ports_that_others_reach_are_named() -> None:
    site = Listener("0.0.0.0", 3000, "web")
    api = Listener("127.0.0.1", 9997, "the media server")
    assert ports.check_internal_ports([site, api], site_port=3000).grade == "fine"
    exposed = ports.check_internal_ports(
        [site, Listener("::", 9997, "the media server")], site_port=3000
    )
    assert exposed.grade == "wrong"
    assert "the media server on :::9997" in exposed.message


def test_way_around_the_proxy() -> None:
    assert ports.check_site_reach("127.0.0.1", URL, ()).grade == "fine"
    assert ports.check_site_reach("0.0.0.0", URL, ("127.0.0.0/8",)).grade == "advice"
    assert ports.check_site_reach("0.0.0.0", "", ()).grade == "fine"


@pytest.mark.parametrize(
    ("version", "most", "needed", "grade"),
    [(17, 100, 21, "fine"), (12, 100, 21, "wrong"), (17, 20, 21, "wrong")],
)
def test_database_server(version: int, most: int, needed: int, grade: str) -> None:
    facts = ServerFacts(version=version, most_connections=most, used_connections=3, now=NOW)
    assert databases.check_server(facts, needed=needed).grade == grade


def test_keys_that_are_missing_are_told_by_their_names() -> None:
    assert databases.check_keys({"aa"}, set()).grade == "fine"
    assert databases.check_keys({"aa", "bb"}, {"bb"}).grade == "fine"
    missing = databases.check_keys({"aa"}, {"aa", "cc"})
    assert missing.grade == "wrong"
    assert "cc" in missing.message


def backup(**facts: Any) -> str:
    given = {
        "is_planned": True,
        "is_overdue": False,
        "last_success_at": NOW - timedelta(hours=5),
        "last_problem": "",
        "places": ("nas",),
        "beyond": True,
        **facts,
    }
    return databases.check_backup(BackupFacts(**given), NOW).grade


def test_backup() -> None:
    assert backup() == "fine"
    assert backup(is_overdue=True) == "wrong"
    assert backup(beyond=False) == "advice"
    assert backup(last_success_at=None, is_planned=False) == "advice"
    assert backup(last_success_at=NOW - timedelta(days=8), is_planned=False) == "wrong"


def test_log_beside_the_database(tmp_path: Path) -> None:
    log = tmp_path / "pantau.db-wal"
    assert databases.check_log_size(log).grade == "fine"
    with log.open("wb") as sparse:
        sparse.truncate(300 * 2**20)
    assert databases.check_log_size(log).grade == "advice"


@pytest.mark.parametrize(
    ("answer", "is_foreign", "grade"),
    [
        ("v1.9.3", True, "fine"),
        ("v1.20.0", True, "fine"),
        ("v1.8.0", True, "advice"),
        ("v2.0.0", True, "advice"),
        ("an older MediaMTX", True, "fine"),
        (None, True, "wrong"),
        ("v1.20.0", False, "fine"),
    ],
)
def test_media_server_of_the_operator(answer: str | None, *, is_foreign: bool, grade: str) -> None:
    told = services.check_media_server(
        is_running=False, answer=lambda: answer, is_foreign=is_foreign
    )
    assert told.grade == grade


@pytest.mark.parametrize(
    ("cause", "grade", "fix"),
    [
        (None, "fine", ""),
        # A path that is not there is told by a server that is.
        (Cause.NOT_FOUND, "fine", ""),
        (Cause.REFUSED, "wrong", "rtspAddress"),
        (Cause.TIMED_OUT, "wrong", "rtspAddress"),
        (Cause.LOGIN_REFUSED, "wrong", "authInternalUsers"),
    ],
)
def test_where_cameras_of_a_mediamtx_are_recorded_from(
    cause: Cause | None, grade: str, fix: str
) -> None:
    told = recording_source.check_answer(cause)
    assert told.grade == grade
    assert fix in told.fix


def test_cameras_that_nothing_records_are_told() -> None:
    assert recording_source.check_without(0).grade == "fine"
    assert "rtsp_url" in recording_source.check_without(3).fix


def release(**facts: Any) -> str:
    here = Path("/srv/releases/1")
    given = {"current": here, "link_is_there": True, "asked": here, "build": "b1", **facts}
    return services.check_release(ReleaseFacts(**given)).grade


def test_release() -> None:
    assert release() == "fine"
    assert release(running={"web": "b1", "worker": "b1"}) == "fine"
    assert release(running={"web": "b0"}) == "advice"
    assert release(interrupted="migrated") == "wrong"
    assert release(current=None) == "wrong"
    assert release(current=None, link_is_there=False) == "fine"
    assert release(asked=Path("/srv/releases/0")) == "advice"


def test_units_of_another_version_are_named() -> None:
    assert services.check_units({}, "f1").grade == "fine"
    assert services.check_units({"a.service": "f1", "own.service": ""}, "f1").grade == "fine"
    old = services.check_units({"a.service": "f0"}, "f1")
    assert (old.grade, "a.service" in old.message) == ("advice", True)


@pytest.mark.parametrize(
    ("changes", "grade", "fix"),
    [
        ({}, "fine", ""),
        ({"forwarded_for": "10.0.0.1, 203.0.113.9"}, "fine", ""),
        ({"forwarded_for": "2001:db8::1"}, "fine", ""),
        ({"forwarded_for": ""}, "wrong", "X-Forwarded-For"),
        ({"forwarded_for": "unknown"}, "wrong", "X-Forwarded-For"),
        ({"forwarded_proto": "http"}, "wrong", "X-Forwarded-Proto"),
        ({"forwarded_proto": ""}, "wrong", "X-Forwarded-Proto"),
        ({"host": "127.0.0.1:3000"}, "wrong", "Host"),
        ({"from_proxy": False, "peer": "172.18.0.1"}, "wrong", '"172.18.0.1"'),
    ],
)
def test_proxy_headers(changes: dict[str, Any], grade: str, fix: str) -> None:
    told = check_proxy_headers(URL, Heard(**{**HEARD, **changes}))
    assert told.grade == grade
    assert fix in told.fix


@pytest.mark.parametrize(
    ("marks", "grade"),
    [
        (CacheMarks(segment="HIT", playlist="MISS", has_segment=True), "fine"),
        (CacheMarks(segment="REVALIDATED", has_segment=True), "fine"),
        (CacheMarks(segment="MISS", has_segment=True), "advice"),
        (CacheMarks(segment="HIT", playlist="HIT", has_segment=True), "wrong"),
        (CacheMarks(segment="", has_segment=True), "fine"),
        (CacheMarks(), "fine"),
    ],
)
def test_proxy_cache(marks: CacheMarks, grade: str) -> None:
    assert check_proxy_cache(marks).grade == grade


@pytest.mark.parametrize(
    ("url", "reached", "grade"),
    [
        (URL, Reached(is_ours=True), "fine"),
        (URL, Reached(is_ours=True, locally=True), "advice"),
        (URL, Reached(is_ours=False), "wrong"),
        (URL, Reached(trouble="no answer"), "wrong"),
        ("", Reached(), "advice"),
    ],
)
def test_public_address(url: str, reached: Reached, grade: str) -> None:
    assert check_public_address(url, reached).grade == grade


def test_worker_inside_a_web_process_that_fails_is_told_with_what_to_do() -> None:
    assert services.check_worker({}).grade == "fine"
    found = services.check_worker({"database.too_new": "Deploy the newer release."})
    assert (found.grade, found.fix) == ("wrong", "Deploy the newer release.")
    assert "database.too_new" in found.message
    assert services.check_worker({"RuntimeError": ""}).fix, "the log knows more"
