"""JSON backups of reference servers: what they may hold, and what is taken of them."""

from contextlib import closing
from typing import Any

import pytest

from pantau.backups.reference_json import as_database, read_reference_backup
from pantau.core.errors import Invalid

KEY = "6f1f9a44-8d43-4a8e-9d53-0f5f7b0a7f01"
CAMERA = {"id": 1, "name": "Pasar", "private_rtsp_url": "rtsp://10.0.0.8/live", "stream_key": KEY}


def backup(**data: Any) -> dict[str, Any]:
    return {"version": "1.0", "exported_at": "2026-03-01T00:00:00.000Z", "data": data}


def test_rows_are_counted_by_table() -> None:
    found = read_reference_backup(backup(cameras=[CAMERA], areas=[], users=[]))
    assert found.counts == {"cameras": 1, "areas": 0, "users": 0}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ([], "no data"),
        ({"version": "1.0", "exported_at": "x", "data": []}, "no data"),
        ({**backup(), "version": "2.0"}, "Only version"),
        ({**backup(), "more": 1}, "unknown: more"),
        (backup(**{"users; DROP TABLE users": []}), "unknown table"),
        (backup(recording_segments=[]), "unknown table: recording_segments"),
        (backup(cameras={}), "no list"),
        (backup(cameras=[1]), "is no row"),
        (backup(cameras=[{"name) VALUES (1); --": 1}]), "unknown column"),
        (backup(cameras=[{"name": "a\0b"}]), "no usable name"),
        (backup(cameras=[{"name": "\ud800"}]), "no usable name"),
        (backup(cameras=[{"id": 2**70}]), "no usable id"),
        (backup(cameras=[{"latitude": float("nan")}]), "no usable latitude"),
        (backup(feedbacks=[{"id": "1 OR 1"}]), "no usable id"),
        (backup(viewer_session_history=[{"id": None}]), "no usable id"),
        (backup(cameras=[{"name": ["list"]}]), "no usable name"),
    ],
)
def test_what_is_none_of_theirs_is_refused(told: object, said: str) -> None:
    with pytest.raises(Invalid, match=said) as refusal:
        read_reference_backup(told)
    assert refusal.value.field == "backup"


def test_a_stream_key_that_is_none_and_paths_of_files_are_left_behind() -> None:
    told = {**CAMERA, "stream_key": "x; touch /tmp/owned", "thumbnail_path": "../../etc/passwd"}
    found = read_reference_backup(backup(cameras=[told]))
    with closing(as_database(found, ["cameras"])) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(cameras)")]
        kept = database.execute("SELECT name, stream_key FROM cameras").fetchall()
    assert kept == [("Pasar", "")]
    assert "thumbnail_path" not in columns
