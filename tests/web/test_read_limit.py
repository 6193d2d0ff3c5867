from pantau.web.read_limit import ReadLimit
from tests.support.clock import HandWoundClock


def test_counts_end_with_the_minute_and_not_before() -> None:
    clock = HandWoundClock()
    reads = ReadLimit(10, clock)
    assert [reads.count("a") for _ in range(3)] == [1, 2, 3]
    clock.wind(59.9)
    assert reads.count("a") == 4
    assert 0 < reads.ends_after_s < 0.2
    clock.wind(0.2)
    assert reads.count("a") == 1


def test_asking_whether_somebody_has_passed_counts_nothing() -> None:
    clock = HandWoundClock()
    reads = ReadLimit(2, clock)
    assert not reads.has_passed("a")
    for _ in range(3):
        reads.count("a")
    assert reads.has_passed("a")
    assert not reads.has_passed("b")
    clock.wind(61)
    assert not reads.has_passed("a")


def test_defect_62_a_flood_of_addresses_fills_no_memory_and_resets_nobody() -> None:
    clock = HandWoundClock()
    reads = ReadLimit(10, clock)
    for _ in range(11):
        reads.count("scraper")
    for number in range(150_000):
        reads.count(str(number))
    assert len(reads._counts) <= 100_000 + 1024
    assert reads.has_passed("scraper")
    # Those beyond the bound share counts: nobody of them reads without end.
    assert max(reads.count("newcomer") for _ in range(11)) > 10
    clock.wind(61)
    assert reads.count("somebody") == 1
    assert len(reads._counts) == 1


def test_what_is_left_is_told_ready_for_the_wire() -> None:
    clock = HandWoundClock()
    reads = ReadLimit(10, clock)
    lines = reads.lines(reads.count("a")).decode()
    ends = int(clock.unix_s()) + 60
    assert lines == (
        f"x-ratelimit-limit: 10\r\nx-ratelimit-reset: {ends}\r\nx-ratelimit-remaining: 9\r\n"
    )
    assert b"remaining: 0\r\n" in reads.lines(400)
