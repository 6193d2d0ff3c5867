"""One session feeds many, whenever they come."""

from pantau.media.fanout import Fanout
from pantau.media.packets import Tracks
from tests.media.tracks import VIDEO, Written, picture


def test_everybody_attached_gets_the_whole_run() -> None:
    fanout, first, second = Fanout(), Written(), Written()
    fanout.attach(first)
    fanout.attach(second)
    fanout.begin(Tracks(VIDEO), 5.0)
    fanout.write(picture(0, key=True))
    fanout.end()
    assert first == second
    assert first.started_unix_s == [5.0]
    assert len(first.runs[0][1]) == 1


def test_a_late_consumer_begins_at_the_next_key_frame() -> None:
    fanout, late = Fanout(), Written()
    fanout.begin(Tracks(VIDEO), 5.0)
    fanout.write(picture(0, key=True))
    fanout.attach(late)
    fanout.write(picture(1))
    assert late.runs == []
    fanout.write(picture(2, key=True))
    fanout.write(picture(3))
    assert [packet.is_keyframe for packet in late.runs[0][1]] == [True, False]
    assert late.started_unix_s == [5.0]


def test_a_detached_consumer_is_ended_and_gets_nothing_more() -> None:
    fanout, leaving, staying = Fanout(), Written(), Written()
    fanout.attach(leaving)
    fanout.attach(staying)
    fanout.begin(Tracks(VIDEO), 0.0)
    fanout.write(picture(0, key=True))
    fanout.detach(leaving)
    fanout.write(picture(1))
    assert (leaving.ended, len(leaving.runs[0][1])) == (1, 1)
    assert (staying.ended, len(staying.runs[0][1])) == (0, 2)


def test_a_consumer_stays_attached_over_runs() -> None:
    fanout, out = Fanout(), Written()
    fanout.attach(out)
    for _ in range(3):
        fanout.begin(Tracks(VIDEO), 0.0)
        fanout.write(picture(0, key=True))
        fanout.end()
    assert (len(out.runs), out.ended) == (3, 3)
