"""What a check says: how it is, in words, and what to do about it."""

from dataclasses import dataclass
from typing import Literal

Grade = Literal["fine", "advice", "wrong", "unknown"]
"""`advice` is worth doing and keeps nothing from working; `unknown` could not be looked at."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `fix` says what to do when it is not fine.

    Names are stable: docs/guide/doctor.md has a paragraph for each.
    """

    name: str
    ok: bool
    """Whether nothing must be repaired."""
    message: str
    fix: str = ""
    is_advice: bool = False
    is_unknown: bool = False

    @property
    def grade(self) -> Grade:
        """How it is, in one word."""
        if self.is_unknown:
            return "unknown"
        if not self.ok:
            return "wrong"
        return "advice" if self.is_advice else "fine"


def fine(name: str, message: str) -> Finding:
    """Nothing to do."""
    return Finding(name, ok=True, message=message)


def advice(name: str, message: str, fix: str) -> Finding:
    """It works, and could be better."""
    return Finding(name, ok=True, message=message, fix=fix, is_advice=True)


def wrong(name: str, message: str, fix: str) -> Finding:
    """Something must be repaired."""
    return Finding(name, ok=False, message=message, fix=fix)


def unknown(name: str, message: str, fix: str) -> Finding:
    """It could not be looked at, so nothing is claimed (lesson D16)."""
    return Finding(name, ok=False, message=message, fix=fix, is_unknown=True)
