"""Checks of time: footage, sessions and the order of everything hang on it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from pantau.operations.doctor.findings import Finding, advice, fine, wrong

_SKEW_S: Final = 2.0
"""What a network and a second's rounding may cost."""
_WRONG_S: Final = 60.0
_NTP: Final = "Switch on time synchronisation: timedatectl set-ntp true."


def check_clock(now: datetime, witnesses: Mapping[str, datetime]) -> Finding:
    """Whether the clock is later than everything that was made before this moment.

    `witnesses` are moments by what bears them: the newest file, the newest row.
    """
    for what, moment in witnesses.items():
        ahead_s = (moment - now).total_seconds()
        if ahead_s > _WRONG_S:
            return wrong(
                "clock",
                f"it is {now:%Y-%m-%d %H:%M} UTC, but {what} is of {moment:%Y-%m-%d %H:%M} UTC",
                f"The clock is behind. {_NTP}",
            )
    return fine("clock", f"it is {now:%Y-%m-%d %H:%M:%S} UTC, later than all that was made before")


def check_second_clock(now: datetime, there: datetime, *, whose: str) -> Finding:
    """Whether another clock nearby agrees; `whose` says which."""
    apart_s = abs((now - there).total_seconds())
    sentence = f"{whose} is {apart_s:.0f} s apart from this machine"
    if apart_s > _WRONG_S:
        return wrong("second clock", sentence, f"One of the two is wrong. {_NTP}")
    if apart_s > _SKEW_S:
        return advice("second clock", sentence, _NTP)
    return fine("second clock", f"{whose} agrees with this machine")


def check_synchronisation(*, is_synchronised: bool) -> Finding:
    """Whether the kernel says that a time server keeps its clock right."""
    if is_synchronised:
        return fine("time synchronisation", "the kernel says that a time server keeps it right")
    return advice(
        "time synchronisation",
        "the kernel knows of no time server",
        f"{_NTP} In a container, do so on the machine that carries it.",
    )
