"""Films are made by copying: every packet is the camera's, every time is the recording's."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import pytest

from pantau.media.archive.films import Plan
from pantau.media.archive.splicing import Source, Spliced, Splicer, SplicingStoppedError
from tests.media.archive.tapes import START_MS, Tape, closed_tape, open_tape, write_index
from tests.media.live.coded import Coded, coded

SOUND = coded(seconds=6.0, audio=True)
"""A key frame every two seconds."""


def source(tape: Tape, from_ms: int = 0, to_ms: int = 2**53) -> Source:
    return Source(tape.video, tape.start_ms, from_ms, to_ms)


def spliced(
    folder: Path,
    sources: Sequence[Source],
    *,
    speed: int | None = None,
    told: list[int] | None = None,
) -> Spliced:
    folder.mkdir(exist_ok=True)
    noted = [] if told is None else told
    splicer = Splicer(
        sources,
        folder,
        name_of=lambda number, count: "clip.mp4" if count == 1 else f"clip-{number}.mp4",
        on_progress=noted.append,
    )
    return splicer.make_in_thread(splicer.plan_in_thread(speed=speed))


def film_of(made: Spliced, number: int = 0) -> bytes:
    return made.files[number].file.read_bytes()


def packets(data: bytes, kind: str = "video") -> list[tuple[float, bytes]]:
    """Return when each packet is shown, and its bytes, as libav reads them."""
    with av.open(io.BytesIO(data), "r") as file:
        return [
            (float(packet.pts * packet.time_base), bytes(packet))
            for packet in file.demux()
            if packet.size and packet.stream.type == kind and packet.pts is not None
        ]


def pictures(data: bytes) -> int:
    with av.open(io.BytesIO(data), "r") as file:
        frames = list(file.decode(video=0))
    assert not any(frame.is_corrupt for frame in frames)
    return len(frames)


def video_of(one: Coded) -> list[bytes]:
    return [packet.data for packet in one.video]


def sound_of(one: Coded) -> list[bytes]:
    """All but what came before the first picture or after the last."""
    return [packet.data for packet in one.audio]


@pytest.mark.parametrize(
    "recorded",
    [
        pytest.param(SOUND, id="h264 with sound"),
        pytest.param(coded(seconds=4.0, b_frames=2), id="pictures out of order"),
        pytest.param(coded("h265", seconds=3.0, audio=True), id="h265"),
    ],
)
def test_clip_of_a_whole_recording_is_that_recording_packet_for_packet(
    recorded: Coded, tmp_path: Path
) -> None:
    tape = closed_tape(tmp_path, recorded)
    made = spliced(tmp_path / "out", [source(tape)])
    film, before = film_of(made), tape.video.read_bytes()
    video = packets(film)
    assert [data for _, data in video] == video_of(recorded)
    assert [data for _, data in packets(film, "audio")] == [
        data for _, data in packets(before, "audio")
    ]
    for kind in ("video", "audio"):
        times = [at for at, _ in packets(film, kind)]
        assert times == pytest.approx([at for at, _ in packets(before, kind)], abs=0.0012)
    assert pictures(film) == len(recorded.video)
    # The description stands before the pictures: a player begins with the first bytes.
    assert film.find(b"moov") < film.find(b"mdat")
    assert made.files[0].duration_ms == pytest.approx(len(recorded.video) * 40, abs=2)


def test_clip_begins_at_the_key_frame_before_and_ends_with_the_last_picture_wanted(
    tmp_path: Path,
) -> None:
    tape = closed_tape(tmp_path, SOUND)
    wanted = source(tape, START_MS + 3_100, START_MS + 4_500)
    made = spliced(tmp_path / "out", [wanted])
    video = packets(film_of(made))
    # Pictures are 40 ms apart; the key frame is at 2.00 s, number 50.
    assert [data for _, data in video] == video_of(SOUND)[50:113]
    assert [at for at, _ in video] == pytest.approx([n * 0.04 for n in range(63)], abs=1e-4)
    assert (made.files[0].from_ms, made.files[0].to_ms) == (START_MS + 2_000, START_MS + 4_520)
    sound = packets(film_of(made), "audio")
    assert sound[0][0] == pytest.approx(0.0, abs=0.13)
    assert sound[-1][0] < 2.52
    assert pictures(film_of(made)) == 63


def test_clip_begins_at_a_key_frame_within_a_fragment(tmp_path: Path) -> None:
    often = coded(seconds=4.0, key_every=10, audio=True)
    tape = closed_tape(tmp_path, often)
    made = spliced(tmp_path / "out", [source(tape, START_MS + 2_450, START_MS + 3_500)])
    # Pictures are 40 ms apart, every tenth is a key frame: number 60 is shown at 2.40 s.
    assert 60 * 3600 not in [one.at_ticks for one in tape.fragments]
    assert [data for _, data in packets(film_of(made))] == video_of(often)[60:88]
    assert made.files[0].from_ms == START_MS + 2_400


def test_span_before_the_first_picture_or_after_the_last_gives_nothing(tmp_path: Path) -> None:
    tape = closed_tape(tmp_path, SOUND)
    for from_ms, to_ms in ((0, START_MS), (START_MS + 6_100, START_MS + 9_000)):
        made = spliced(tmp_path / "out", [source(tape, from_ms, to_ms)])
        assert list(made.files) == []


def test_recordings_in_a_row_become_one_film_and_a_gap_is_closed_up_and_said(
    tmp_path: Path,
) -> None:
    first = closed_tape(tmp_path, SOUND)
    second = closed_tape(tmp_path, SOUND, start_ms=START_MS + 6_000)
    third = closed_tape(tmp_path, SOUND, start_ms=START_MS + 72_000)
    made = spliced(tmp_path / "out", [source(one) for one in (first, second, third)])
    film = film_of(made)
    assert [data for _, data in packets(film)] == video_of(SOUND) * 3
    assert [at for at, _ in packets(film)] == pytest.approx(
        [number * 0.04 for number in range(450)], abs=1e-4
    )
    (gap,) = made.files[0].gaps
    assert gap == (START_MS + 12_000, START_MS + 72_000, 12_000)
    # Sound stays with the pictures over both seams.
    own = packets(first.video.read_bytes(), "audio")
    heard = packets(film, "audio")
    assert [data for _, data in heard] == [data for _, data in own] * 3
    for number, (at, _) in enumerate(heard):
        part, place = divmod(number, len(own))
        assert at == pytest.approx(own[place][0] + part * 6.0, abs=0.002)
    assert pictures(film) == 450


def test_other_pictures_begin_another_file(tmp_path: Path) -> None:
    first = closed_tape(tmp_path, SOUND)
    other = coded(seconds=2.0, size=(320, 180), audio=True)
    second = closed_tape(tmp_path, other, start_ms=START_MS + 6_000)
    silent = closed_tape(tmp_path, coded(seconds=2.0), start_ms=START_MS + 8_000)
    made = spliced(tmp_path / "out", [source(one) for one in (first, second, silent)])
    assert [one.file.name for one in made.files] == ["clip-1.mp4", "clip-2.mp4", "clip-3.mp4"]
    for number, recorded in enumerate((SOUND, other, silent.source)):
        assert [data for _, data in packets(film_of(made, number))] == video_of(recorded)
    assert packets(film_of(made, 2), "audio") == []


def test_recording_that_is_being_written_gives_what_is_there(tmp_path: Path) -> None:
    tape = open_tape(tmp_path, SOUND)
    with tape.video.open("ab") as file:
        file.write(b"\0\0\1\0moof and what has not come yet")
    made = spliced(tmp_path / "out", [source(tape)])
    assert [data for _, data in packets(film_of(made))] == video_of(SOUND)
    (used,) = made.sources
    assert used.sha256 is None
    begin, end = used.used_offset, used.used_offset + used.used_bytes
    assert hashlib.sha256(tape.video.read_bytes()[begin:end]).hexdigest() == used.used_sha256


def test_hashes_are_those_of_the_files(tmp_path: Path) -> None:
    tapes = [closed_tape(tmp_path, SOUND, start_ms=START_MS + n * 6_000) for n in range(2)]
    made = spliced(tmp_path / "out", [source(one, START_MS + 4_000) for one in tapes])
    assert hashlib.sha256(film_of(made)).hexdigest() == made.files[0].sha256
    assert len(film_of(made)) == made.files[0].size_bytes
    for tape, used in zip(tapes, made.sources, strict=True):
        data = tape.video.read_bytes()
        assert used.sha256 == hashlib.sha256(data).hexdigest()
        part = data[used.used_offset : used.used_offset + used.used_bytes]
        assert used.used_sha256 == hashlib.sha256(part).hexdigest()
    assert made.sources[0].used_offset > tapes[0].fragments[0].offset


@pytest.mark.parametrize("damage", ["missing", "broken"])
def test_recording_that_cannot_be_read_is_said_and_left_out(tmp_path: Path, damage: str) -> None:
    tapes = [closed_tape(tmp_path, SOUND, start_ms=START_MS + n * 6_000) for n in range(3)]
    if damage == "missing":
        tapes[1].video.unlink()
    else:
        tapes[1].video.write_bytes(b"nothing of ours")
    made = spliced(tmp_path / "out", [source(one) for one in tapes])
    assert [data for _, data in packets(film_of(made))] == video_of(SOUND) * 2
    (left_out,) = made.unreadable
    assert left_out.source.start_ms == tapes[1].start_ms
    assert left_out.cause == ("gone" if damage == "missing" else "broken")


def test_broken_fragment_costs_its_own_second(tmp_path: Path) -> None:
    tape = closed_tape(tmp_path, SOUND)
    data = bytearray(tape.video.read_bytes())
    hit = tape.fragments[3]
    data[hit.offset + 8 : hit.offset + 60] = b"\xff" * 52
    tape.video.write_bytes(data)
    made = spliced(tmp_path / "out", [source(tape)])
    video = packets(film_of(made))
    assert 0 < len(SOUND.video) - len(video) <= 25
    # What follows is where it was: the last picture before stands for as long as it takes.
    assert video[-1][0] == pytest.approx((len(SOUND.video) - 1) * 0.04, abs=1e-3)


def test_nothing_stays_behind_when_somebody_stops_it(tmp_path: Path) -> None:
    tapes = [closed_tape(tmp_path, SOUND, start_ms=START_MS + n * 6_000) for n in range(3)]
    other = closed_tape(tmp_path, coded(seconds=2.0), start_ms=START_MS + 18_000)
    sources = [source(one) for one in [*tapes, other]]
    out = tmp_path / "out"
    out.mkdir()
    for asked_most in range(0, 14, 2):
        asked = 0

        def is_wanted(most: int = asked_most) -> bool:
            nonlocal asked
            asked += 1
            return asked <= most

        splicer = Splicer(sources, out, name_of=lambda n, _: f"{n}.mp4", is_wanted=is_wanted)
        with pytest.raises(SplicingStoppedError):
            splicer.make_in_thread(splicer.plan_in_thread())
        assert list(out.iterdir()) == []


def test_progress_grows_to_a_thousand(tmp_path: Path) -> None:
    tapes = [closed_tape(tmp_path, SOUND, start_ms=START_MS + n * 6_000) for n in range(4)]
    told: list[int] = []
    spliced(tmp_path / "out", [source(one) for one in tapes], told=told)
    assert told == sorted(told)
    assert told[-1] == 1000
    assert len(set(told)) >= 8


@pytest.mark.parametrize("speed", [2, 10, 60])
def test_time_lapse_shows_key_frames_at_their_own_moments(tmp_path: Path, speed: int) -> None:
    recorded = coded(seconds=20.0, key_every=5, size=(64, 48), audio=True)
    tapes = [
        closed_tape(tmp_path, recorded, start_ms=START_MS + n * 20_000, part_s=0.2)
        for n in range(2)
    ]
    made = spliced(tmp_path / "out", [source(one) for one in tapes], speed=speed)
    film = film_of(made)
    shown = packets(film)
    keys = [packet.data for packet in recorded.video if packet.is_keyframe]
    assert {data for _, data in shown} <= set(keys)
    assert packets(film, "audio") == []
    assert len(shown) == min(2 * len(keys), -(-40 * 25 // speed))
    assert all(later - at >= 0.0399 for (at, _), (later, _) in pairwise(shown))
    assert shown[-1][0] == pytest.approx(40.0 / speed, abs=0.25)
    assert pictures(film) == len(shown)
    assert made.files[0].duration_ms == pytest.approx(40_000 / speed, abs=300)


def test_film_above_four_gigabytes_says_where_its_samples_are(tmp_path: Path) -> None:
    tape = closed_tape(tmp_path, SOUND)
    splicer = Splicer([source(tape)], tmp_path, name_of=lambda *_: "clip.mp4")
    plan = splicer.plan_in_thread()
    (film,) = plan.films
    for table in film.tables.values():
        table.shift(5 << 30)
    made = splicer.make_in_thread(Plan([replace(film)], []))
    data = film_of(made)
    assert data.count(b"co64") == 2
    assert data.count(b"stco") == 0


def test_index_that_is_torn_does_not_matter(tmp_path: Path) -> None:
    tape = closed_tape(tmp_path, SOUND)
    tape.fragments = tape.fragments[:2]
    write_index(tape)
    tape.index_file.write_bytes(tape.index_file.read_bytes()[:20])
    made = spliced(tmp_path / "out", [source(tape)])
    assert [data for _, data in packets(film_of(made))] == video_of(SOUND)
