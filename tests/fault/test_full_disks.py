"""A disk fills up and gets room again: the data folder's, and the one for footage."""

import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from tests.boot.installation import run
from tests.boot.test_managed_cameras import Operator
from tests.fault.test_database_troubles import assert_people_notice_nothing, told_once
from tests.fault.troubled import (
    CARD,
    RECORDED,
    TroubledHub,
    Watching,
    Writing,
    footage,
    until_footage,
)
from tests.support.small_disk import small_disk
from tests.support.waiting import until_in_thread

pytestmark = [pytest.mark.fault, pytest.mark.long, pytest.mark.timeout(600)]

SIZE_BYTES = 64 << 20


def footage_on(*folders: Path) -> str:
    names = ", ".join(f'"{folder}"' for folder in folders)
    return RECORDED.replace("[recordings]", f"[recordings]\ndirs = [{names}]")


def test_a_full_data_disk_refuses_writes_with_words_and_damages_nothing(tmp_path: Path) -> None:
    films = tmp_path / "films"
    films.mkdir()
    with small_disk(tmp_path / "disk", size_bytes=SIZE_BYTES) as disk:
        data = disk.folder
        toml = f'data_dir = "{data}"\n' + footage_on(films) + CARD
        with TroubledHub(tmp_path, toml) as hub:
            hub.until_well()
            operator = Operator(hub)
            with Writing(operator) as writing, Watching(hub) as watching:
                writing.until_acknowledged()
                until_footage(operator, 1)
                hub.begin()
                disk.fill()
                hub.until_told("database_unusable", process="web", code="database.full")
                hub.until_told("database_unusable", process="worker", code="database.full")
                until_in_thread(lambda: "database" in hub.down(), what="health that knows")
                watching.until_more(10)
                assert_people_notice_nothing(hub)
                assert not {"worker", "camera_health", "media_server"} & set(hub.down())
                made = len(list(films.glob("*/*/*.mp4")))
                until_in_thread(
                    lambda: len(list(films.glob("*/*/*.mp4"))) > made + 1,
                    timeout_s=90,
                    what="footage that is recorded all the time",
                )
                disk.free()
                until_in_thread(told_once(hub), timeout_s=90, what="the end told by both")
                writing.until_acknowledged(2)
                recorded = {file.name for file in films.glob("*/*/*.mp4")}
                until_footage(operator, len(recorded))
                until_in_thread(
                    lambda: recorded <= footage(operator),
                    timeout_s=90,
                    what="what was recorded meanwhile in the catalogue",
                )
            watching.assert_unbroken()
            assert writing.refused == {(507, "database.full")}
            writing.assert_all_there()
            said = Counter(hub.urgent())
            assert said["web", "database_unusable"] == said["worker", "database_unusable"] == 1
            assert set(said) <= {
                ("web", "database_unusable"),
                ("worker", "database_unusable"),
                ("web", "part_changed"),
                ("worker", "thumbnails_not_kept"),
            }
            until_in_thread(
                lambda: not {"database", "worker", "camera_health"} & set(hub.down()),
                what="health that is well again",
            )
        checked = run(tmp_path, "database", "check", PANTAU_DATA_DIR=str(data))
        assert checked.returncode == 0, checked.stdout + checked.stderr


def tell_everything(operator: Operator) -> None:
    """Add a rule by which everything is told as soon as can be."""
    target = {"name": "Piket", "to": {"form": "other", "address": "json://127.0.0.1:9/"}}
    status, answer = operator.ask("POST", "/api/admin/alerts/targets", target)
    assert status in {200, 201}, answer
    rule = {
        "name": "Semua",
        "target_ids": [answer["data"]["id"]],
        "down_after_s": 10,
        "up_after_s": 10,
    }
    status, answer = operator.ask("POST", "/api/admin/alerts/rules", rule)
    assert status in {200, 201}, answer


def alerts(data: Path) -> Counter[tuple[str, str]]:
    """Count what was put into the outbox, by kind and edge."""
    connection = sqlite3.connect(data / "pantau.db")
    try:
        return Counter(connection.execute("SELECT kind, edge FROM alert_items").fetchall())
    finally:
        connection.close()


def test_a_full_footage_disk_pauses_recording_with_one_alarm_and_nothing_else(
    tmp_path: Path,
) -> None:
    with (
        small_disk(tmp_path / "disk", size_bytes=SIZE_BYTES) as disk,
        TroubledHub(tmp_path, footage_on(disk.folder) + CARD) as hub,
    ):
        hub.until_well()
        operator = Operator(hub)
        tell_everything(operator)
        data = tmp_path / "data"
        with Writing(operator) as writing, Watching(hub) as watching:
            until_footage(operator, 1)
            hub.begin()
            disk.fill()
            hub.until_told("recordings_disk_unusable")
            hub.until_told("recordings_disk_level", level="error")
            until_in_thread(
                lambda: alerts(data)["disk_full", "began"], timeout_s=120, what="the alarm"
            )
            assert hub.down() == ["recordings_storage"]
            watching.until_more()
            writing.until_acknowledged(2)
            disk.free()
            hub.until_told("recordings_disk_usable")
            hub.until_told("recordings_disk_level", level="info")
            before = frozenset(footage(operator))
            until_footage(operator, 2, besides=before)
            until_in_thread(
                lambda: alerts(data)["disk_full", "ended"], timeout_s=120, what="the all-clear"
            )
        watching.assert_unbroken()
        assert writing.refused == set()
        told = alerts(data)
        assert told["disk_full", "began"] == told["disk_full", "ended"] == 1
        assert max(told.values()) == 1
        assert Counter(hub.urgent()).most_common(1)[0][1] == 1
        until_in_thread(lambda: hub.down() == [], what="health that is well again")
