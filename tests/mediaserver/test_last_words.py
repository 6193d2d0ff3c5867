"""Who crashed a shard, read from what it said last."""

from pantau.mediaserver.last_words import LastWords

DUMP = """Fatal Python error: Segmentation fault

Thread 0x00007f0000000b00 (most recent call first):
  File "/srv/python/threading.py", line 320 in wait

Current thread 0x00007f0000000a00 (most recent call first):
  File "/srv/venv/av/codec/context.py", line 12 in decode
  File "/srv/pantau/media/stills.py", line 99 in decode_in_thread
  File "/srv/python/threading.py", line 982 in run

Extension modules: av._core (total: 40)
"""


def words(*lines: str) -> LastWords:
    told = LastWords()
    for line in lines:
        told.feed(line)
    return told


def test_path_of_the_crashed_thread_is_the_culprit() -> None:
    told = words(
        "thread 7f0000000a00 71 north/gate", "thread 7f0000000b00 72 yard", *DUMP.splitlines()
    )
    assert told.culprit == "north/gate"
    assert told.place == (
        "context.py:12 decode < stills.py:99 decode_in_thread < threading.py:982 run"
    )
    assert not told.was_stuck


def test_thread_that_went_on_to_another_camera_is_that_cameras() -> None:
    told = words("thread 7f0000000a00 71 gate", "thread 7f0000000a00 71 yard", *DUMP.splitlines())
    assert told.culprit == "yard"


def test_newer_python_names_the_thread_behind_its_number() -> None:
    line = "Current thread 0x00007f0000000a00 [ingest] (most recent call first):"
    assert words("thread 7f0000000a00 71 gate", line).culprit == "gate"


def test_nobody_is_blamed_when_no_camera_thread_crashed() -> None:
    assert words("ready").culprit is None
    assert words("thread 1 71 gate", *DUMP.splitlines()).culprit is None


def test_loop_that_stood_still_is_told_from_a_crash() -> None:
    told = words("thread 1 71 gate", "Timeout (0:00:20)!", "Thread 0x1 (most recent call first):")
    assert told.was_stuck
    assert told.culprit is None


def test_readiness_is_heard() -> None:
    assert not words("thread 1 71 gate").ready
    assert words("ready").ready


def test_words_without_end_are_kept_within_bounds() -> None:
    told = words(*(f"thread {number:x} 1 p{number}" for number in range(10_000)))
    for number in range(100_000):
        told.feed(f"line {number}")
    assert len(told._paths) <= 4_000
    assert len(told._tail) <= 400
