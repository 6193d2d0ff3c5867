"""Lists over many files: what they say, and that libav plays from them what was recorded."""

import asyncio
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import av
import pytest

from pantau.db.database import Database
from pantau.recordings.models import Span
from tests.media.archive.tapes import Tape
from tests.recordings.playback.house import (
    NOTHING,
    NOW_MS,
    SECONDS,
    House,
    film,
    open_house,
    preview,
)
from tests.support.recordings import (
    append_second,
    being_written,
    close_recording,
    write_recording,
)
from tests.web.http_peer import Answer, visiting

pytestmark = pytest.mark.anyio
LENGTH_MS = SECONDS * 1000
START_MS = NOW_MS - 3_600_000


@dataclass(frozen=True)
class Entry:
    """One piece of a list."""

    url: str
    duration_s: float
    offset: int
    size: int


def entries(text: str) -> list[Entry]:
    ranged = (
        r"#EXTINF:([\d.]+),\n(?:#EXT-X-BYTERANGE:(\d+)@(\d+)\n)?"
        r"([^\s?]+)(?:\?part=(\d+)@(\d+))?"
    )
    return [
        Entry(url, float(s), int(offset or at), int(size or length))
        for s, size, offset, url, length, at in re.findall(ranged, text)
    ]


async def ask(house: House, path: str) -> Answer:
    async with visiting(house.port) as visitor:
        return await visitor.ask(house.path(path))


async def text_of(house: House, path: str) -> str:
    answer = await ask(house, path)
    assert answer.status == 200, answer.body
    assert answer.header("content-type") == "application/vnd.apple.mpegurl"
    return answer.body.decode()


def played_in_thread(url: str) -> list[tuple[bytes, bool]]:
    """What libav reads of the picture from a list: every packet, and whether it is a key."""
    with av.open(url, "r", options={"seg_format_options": ""}, timeout=30.0) as opened:
        video = opened.streams.video[0]
        return [(bytes(each), each.is_keyframe) for each in opened.demux(video) if each.size]


async def played(house: House, path: str) -> list[tuple[bytes, bool]]:
    return await asyncio.to_thread(played_in_thread, house.url(path))


def recorded(*tapes: Tape) -> list[tuple[bytes, bool]]:
    return [(packet.data, packet.is_keyframe) for tape in tapes for packet in tape.source.video]


async def test_libav_plays_every_packet_of_several_files_and_none_twice(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        first = house.tape(START_MS)
        second = house.tape(START_MS + LENGTH_MS)
        third = house.tape(START_MS + 600_000, source=film(seconds=4))
        await house.index()
        path = f"playback.m3u8?from={START_MS}&to={START_MS + 900_000}"
        assert await played(house, path) == recorded(first, second, third)
        assert await played(house, "playlist.m3u8") == recorded(first, second, third)


async def test_a_list_says_where_files_gaps_and_moments_are(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        house.tape(START_MS)
        house.tape(START_MS + 600_040)
        await house.index()
        text = await text_of(
            house, f"playback.m3u8?from={START_MS + 5_500}&to={START_MS + 900_000}"
        )
    lines = text.splitlines()
    assert lines[:7] == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-TARGETDURATION:4",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        # Key pictures come every two seconds: the list begins with that of second 4.
        "#EXT-X-START:TIME-OFFSET=1.500,PRECISE=YES",
    ]
    assert lines[-1] == "#EXT-X-ENDLIST"
    assert text.count("#EXT-X-DISCONTINUITY\n") == 1
    assert text.count("#EXT-X-MAP:") == 2
    assert re.findall(r"DATE-TIME:(\S+)", text) == [
        "2026-03-01T07:00:04.000Z",
        "2026-03-01T07:10:00.040Z",
    ]
    pieces = entries(text)
    assert [each.duration_s for each in pieces] == [4.0, 4.0, 4.0]
    assert {each.url for each in pieces} == {
        "stream/20260301T070000000Z.mp4",
        "stream/20260301T071000040Z.mp4",
    }


async def test_every_piece_is_led_by_a_key_picture(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        tape = house.tape(START_MS)
        await house.index()
        text = await text_of(house, f"playback.m3u8?from={START_MS + 1}&to={START_MS + 60_000}")
    keys = {each.offset for each in tape.fragments if each.is_key}
    found = entries(text)
    assert found
    assert {each.offset for each in found} <= keys
    # They follow each other without a byte between.
    assert [each.offset + each.size for each in found[:-1]] == [each.offset for each in found[1:]]


async def test_moments_are_taken_in_both_spellings(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        house.tape(START_MS)
        await house.index()
        texts = [
            await text_of(house, f"playback.m3u8?from={begins}&to={START_MS + 8_000}")
            for begins in (
                START_MS + 2_000,
                "2026-03-01T07:00:02Z",
                "2026-03-01T14:00:02.000%2B07:00",
                "2026-03-01T14:00:02+07:00",
            )
        ]
        assert len(set(texts)) == 1
        for query, name in (
            ("", "from"),
            ("from=yesterday", "from"),
            ("from=2026-03-01T07:00:02", "from"),
            ("from=2026-02-30T07:00:02Z", "from"),
            (f"from={START_MS}&to={START_MS}", "to"),
            (f"from={START_MS}&to={START_MS + 86_400_001}", "to"),
            (f"from={START_MS}&to=-5", "to"),
        ):
            answer = await ask(house, f"playback.m3u8?{query}")
            assert answer.status == 400, query
            assert b'"field":"%s"' % name.encode() in answer.body


async def test_footage_that_is_being_written_is_played_and_its_list_only_grows(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        recording = write_recording(house.folder, 1, NOW_MS - 9_000, seconds=9, shape="open")
        with being_written(recording.video):
            await house.index()
            path = f"playback.m3u8?from={NOW_MS - 9_000}"
            texts = [await text_of(house, path)]
            assert "#EXT-X-ENDLIST" not in texts[0]
            assert "#EXT-X-PLAYLIST-TYPE:EVENT" in texts[0]
            for _ in range(6):
                recording = append_second(recording)
                house.clock.wind(1.0)
                texts.append(await text_of(house, path))
        recording = close_recording(recording)
        house.clock.wind(1.0)
        texts.append(await text_of(house, path))
        await house.index()
        following = write_recording(house.folder, 1, NOW_MS + 6_000, seconds=5, shape="open")
        with being_written(following.video):
            await house.index()
            house.clock.wind(5.0)
            texts.append(await text_of(house, path))
        lists = [entries(text) for text in texts]
        for earlier, later in pairwise(lists):
            assert later[: len(earlier)] == earlier
        durations = [sum(each.duration_s for each in one) for one in lists]
        assert durations == [8, 8, 8, 8, 12, 12, 12, 15, 19]


async def test_a_list_over_an_open_file_plays_to_the_last_fragment(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        tape = house.tape(NOW_MS - 20_000, is_open=True)
        with being_written(tape.video):
            await house.index()
            with tape.video.open("ab") as video:
                video.write(b"\0\0\x10\0moof half a fragm")
            house.clock.wind(1.0)
            path = f"playback.m3u8?from={NOW_MS - 20_000}&to={NOW_MS}"
            assert await played(house, path) == recorded(tape)
            assert await played(house, f"stream/{tape.video.name}") == recorded(tape)


async def test_pieces_of_an_open_file_have_addresses_of_their_own(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        tape = house.tape(NOW_MS - 20_000, is_open=True)
        with being_written(tape.video):
            await house.index()
            house.clock.wind(1.0)
            text = await text_of(house, f"playback.m3u8?from={NOW_MS - 20_000}&to={NOW_MS}")
            raw, stream = tape.video.read_bytes(), f"stream/{tape.video.name}"
            assert "BYTERANGE" not in text
            for each in entries(text):
                part = await ask(house, f"{stream}?part={each.size}@{each.offset}")
                assert part.body == raw[each.offset : each.offset + each.size]
                assert part.header("content-length") == str(each.size)
            async with visiting(house.port) as visitor:
                some = await visitor.ask(house.path(f"{stream}?part=100@40"), range="bytes=90-")
            assert (some.status, some.body) == (206, raw[130:140])
            assert some.header("content-range") == "bytes 90-99/100"
            for wrong in ("x", "0@4", "5", "1@-1"):
                assert (await ask(house, f"{stream}?part={wrong}")).status == 400
            assert (await ask(house, f"{stream}?part={len(raw)}@1")).status == 404


async def test_the_near_end_is_strict_and_the_far_end_counts_whole_files(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        first, second = house.tape(START_MS), house.tape(START_MS + LENGTH_MS)
        await house.index()
        near_ms = START_MS + LENGTH_MS + 4_500
        house.reach[1] = preview(Span(START_MS + 5_000, near_ms), lead_from_ms=0)
        path = f"playback.m3u8?from={START_MS}&to={near_ms + 60_000}"
        whole = await played(house, path)
        packets = second.source.video
        # Of the second file the fragments that are over by then: four seconds.
        assert whole == recorded(first) + [
            (each.data, each.is_keyframe) for each in packets[: 4 * 25]
        ]
        house.reach[1] = preview(Span(START_MS + 5_000, near_ms))
        strict = await played(house, path)
        assert strict == whole[6 * 25 :]


async def test_bytes_of_hidden_seconds_are_never_sent(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        tape = house.tape(START_MS)
        await house.index()
        raw = tape.video.read_bytes()
        house.reach[1] = preview(
            Span(START_MS, START_MS + 2_050), Span(START_MS + 4_000, START_MS + 6_500)
        )
        async with visiting(house.port) as visitor:
            whole = await visitor.ask(house.path(f"stream/{tape.video.name}"))
            fragments = tape.fragments
            shown = [each for each in fragments if each.at_ms < 2_000 or each.at_ms >= 4_000]
            shown = [each for each in shown if each.end_ms <= 6_400]
            body = whole.body
            assert whole.header("etag") == whole.header("last-modified") == ""
            assert len(body) == shown[-1].offset + shown[-1].size < len(raw)
            for each in fragments:
                stretch = slice(each.offset, each.offset + each.size)
                if each in shown:
                    assert body[stretch] == raw[stretch]
                elif each.offset < len(body):
                    assert not any(body[each.offset + 16 : each.offset + each.size])
            # Every part of it is a part of that, wherever somebody cuts.
            for first, last in ((0, 99), (30, 50), (fragments[2].offset + 3, len(raw))):
                part = await visitor.ask(
                    house.path(f"stream/{tape.video.name}"), range=f"bytes={first}-{last}"
                )
                assert part.body == body[first : last + 1]
            beyond = await visitor.ask(
                house.path(f"stream/{tape.video.name}"), range=f"bytes={len(body)}-"
            )
            assert beyond.header("content-range") == f"bytes */{len(body)}"
        got = await played(house, f"stream/{tape.video.name}")
        seen = tape.source.video[: 2 * 25] + tape.source.video[4 * 25 : 6 * 25]
        assert got == [(each.data, each.is_keyframe) for each in seen]


async def test_whoever_may_see_nothing_of_a_span_is_told_that_there_is_nothing(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        house.tape(START_MS)
        await house.index()
        path = f"playback.m3u8?from={START_MS}&to={START_MS + 60_000}"
        answers = [await ask(house, path)]
        assert answers[0].status == 200
        for reach in (NOTHING, preview(Span(NOW_MS - 60_000, NOW_MS), lead_from_ms=0)):
            house.reach[1] = reach
            for each in (path, "playlist.m3u8"):
                answer = await ask(house, each)
                assert answer.status == 404
                assert b"recording.unknown" in answer.body


async def test_who_may_keep_a_list_depends_on_who_may_see_it(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        tape = house.tape(START_MS)
        await house.index()
        paths = (
            f"playback.m3u8?from={START_MS}&to={START_MS + 60_000}",
            f"stream/{tape.video.name}",
            "segments",
            "timeline",
        )
        for path in paths:
            answer = await ask(house, path)
            assert answer.header("cache-control") == "private, no-store", path
        house.reach[1] = preview(Span(START_MS, NOW_MS))
        for path in paths:
            answer = await ask(house, path)
            kept = answer.header("cache-control")
            assert kept in {"private, no-cache", "private, max-age=60"}, path


async def test_a_day_of_footage_is_one_small_list(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with open_house(sqlite_database, tmp_path) as house:
        begins_ms = NOW_MS - 86_400_000
        for number in range(12):
            write_recording(house.folder, 1, begins_ms + number * 7_200_000, seconds=600)
        await house.index()
        async with visiting(house.port) as visitor:
            path = f"playback.m3u8?from={begins_ms}&to={NOW_MS}"
            plain = await visitor.ask(house.path(path))
            small = await visitor.ask(house.path(path), accept_encoding="gzip")
        pieces = entries(plain.body.decode())
        assert len(pieces) == 12 * 100
        assert sum(each.duration_s for each in pieces) == pytest.approx(7_200)
        assert small.header("content-encoding") == "gzip"
        assert len(small.body) < len(plain.body) / 8
