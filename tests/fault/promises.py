"""What docs/guide/degradation.md promises, line by line, and the tests that prove each line."""

from typing import Final

KILLED: Final = "tests/fault/test_killed_processes.py::"
AGAIN: Final = KILLED + "test_whatever_is_killed_again_and_again_comes_back_and_loses_nothing"
ALL: Final = KILLED + "test_every_process_may_be_killed_and_the_parent_too"
PLAYER: Final = (
    "tests/fault/test_patient_viewers.py::"
    "test_player_that_tries_again_misses_nothing_while_web_dies_twice"
)
FOOTAGE: Final = (
    "tests/fault/test_recording_redeploys.py::"
    "test_recording_goes_on_while_web_and_worker_are_replaced"
)
LAST_SECOND: Final = (
    "tests/fault/test_recording_kills.py::test_killed_shard_loses_the_last_second_and_nothing_else"
)
DATABASE: Final = "tests/fault/test_database_troubles.py::"
LOCKED: Final = DATABASE + "test_a_locked_database_is_waited_for_and_nobody_who_watches_notices"
POSTGRESQL: Final = DATABASE + "test_postgresql_may_restart_and_stay_away_for_a_minute"
NOT_THERE: Final = (
    DATABASE + "test_a_hub_whose_postgresql_is_not_there_says_so_and_starts_when_it_is"
)
VALKEY: Final = (
    "tests/fault/test_valkey_troubles.py::"
    "test_valkey_may_restart_and_be_away_and_limits_hold_all_the_time"
)
MEDIA: Final = "tests/fault/test_media_server_gone.py::"
OURS: Final = MEDIA + "test_ours_dying_again_and_again_is_told_each_time_and_alarmed_once"
FOREIGN: Final = MEDIA + "test_a_foreign_media_server_may_be_away_and_comes_back_to_all_its_cameras"
BESIDE: Final = "tests/boot/test_recording_beside.py::test_footage_of_their_cameras"
DISKS: Final = "tests/fault/test_full_disks.py::"
DATA_DISK: Final = DISKS + "test_a_full_data_disk_refuses_writes_with_words_and_damages_nothing"
FOOTAGE_DISK: Final = (
    DISKS + "test_a_full_footage_disk_pauses_recording_with_one_alarm_and_nothing_else"
)
ROOM: Final = (
    "tests/recordings/keeping/test_disk_guard.py::"
    "test_a_disk_filled_by_recording_never_runs_out_of_room"
)
CLOCK: Final = "tests/fault/test_wrong_clock.py::"
CLOCK_STEPS: Final = CLOCK + "test_a_clock_that_is_set_forward_and_back_costs_nobody_anything"
CLOCK_SESSIONS: Final = (
    CLOCK + "test_a_clock_that_jumps_a_year_prolongs_no_session_and_ends_none_for_good"
)
CLOCK_NAMES: Final = CLOCK + "test_recorders_that_die_while_the_clock_is_behind_overwrite_nothing"
CLOCK_YEAR: Final = (
    "tests/recordings/keeping/test_clock_guard.py::"
    "test_a_jump_forward_deletes_nothing_while_it_lasts_or_after_it"
)

PROOFS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "A process dies": {
        "Viewers see": (
            ALL,
            PLAYER,
        ),
        "Goes on": (
            AGAIN,
            FOOTAGE,
        ),
        "Waits": (AGAIN,),
        "Is lost": (
            LAST_SECOND,
            AGAIN,
        ),
        "You are told": (
            ALL,
            AGAIN,
        ),
    },
    "All of Pantau is killed": {
        "Goes on": (ALL,),
        "Is lost": (ALL,),
    },
    "The database is locked by another program": {
        "Viewers see": (LOCKED,),
        "Is refused": (LOCKED,),
        "Waits": (LOCKED,),
        "You are told": (LOCKED,),
    },
    "PostgreSQL restarts or is away": {
        "Viewers see": (POSTGRESQL,),
        "Is refused": (POSTGRESQL,),
        "Is lost": (POSTGRESQL,),
        "You are told": (
            POSTGRESQL,
            NOT_THERE,
        ),
    },
    "Valkey is away": {
        "Viewers see": (VALKEY,),
        "Goes on": (VALKEY,),
        "You are told": (VALKEY,),
    },
    "The media server is gone": {
        "Viewers see": (
            OURS,
            FOREIGN,
        ),
        "Goes on": (OURS,),
        "Waits": (OURS,),
        "You are told": (OURS,),
    },
    "A MediaMTX that is recorded from is gone": {
        "Goes on": (BESIDE,),
        "Waits": (BESIDE,),
        "Is lost": (BESIDE,),
        "You are told": (BESIDE,),
    },
    "The disk for footage is full": {
        "Viewers see": (FOOTAGE_DISK,),
        "Goes on": (ROOM,),
        "Waits": (FOOTAGE_DISK,),
        "You are told": (FOOTAGE_DISK,),
    },
    "The disk of the data folder is full": {
        "Viewers see": (DATA_DISK,),
        "Is refused": (DATA_DISK,),
        "Goes on": (DATA_DISK,),
        "Is lost": (DATA_DISK,),
        "You are told": (DATA_DISK,),
    },
    "The clock is wrong": {
        "Viewers see": (CLOCK_STEPS,),
        "Goes on": (
            CLOCK_STEPS,
            CLOCK_NAMES,
        ),
        "Waits": (
            CLOCK_STEPS,
            CLOCK_YEAR,
        ),
        "Is refused": (CLOCK_SESSIONS,),
    },
}
"""By heading and first column.  Whoever adds a line names its proof."""

WORDS: Final[dict[str, str]] = {
    "A process dies": "7734e01e",
    "All of Pantau is killed": "3644435c",
    "The database is locked by another program": "53d87333",
    "PostgreSQL restarts or is away": "0cdb2e8e",
    "Valkey is away": "d0c7f1b7",
    "The media server is gone": "a90950e0",
    "A MediaMTX that is recorded from is gone": "995186d6",
    "The disk for footage is full": "c9701ca3",
    "The disk of the data folder is full": "d3212a6e",
    "The clock is wrong": "6dc5f12d",
}
"""What the tables said when somebody last compared them with their proofs."""
