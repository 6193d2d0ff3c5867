"""Sizes, rates and spans of footage as people read them: one rounding everywhere (lesson F14)."""

from typing import Final

from babel.numbers import format_decimal

from pantau.admin.wording import Wording
from pantau.ui.times import lasting

_NO_BREAK: Final = "\u00a0"
_STEP: Final = 1000
_UNITS: Final = ("B", "kB", "MB", "GB", "TB", "PB")
_TEN: Final = 10
_HUNDRED: Final = 100
_HOUR_S: Final = 3600
_DAY_H: Final = 24
_YEAR_D: Final = 365
_MEGABIT: Final = 1_000_000
_BITS: Final = 8


class Figures:
    """The figures in one language; templates know it as `fig`."""

    def __init__(self, speak: Wording) -> None:
        self._speak = speak

    @property
    def language(self) -> str:
        """The language, for dates."""
        return self._speak.language

    def number(self, value: float, digits: int = 0) -> str:
        """Return 1.234 in Indonesian and 1,234 in English."""
        pattern = "#,##0" if not digits else f"#,##0.{'#' * digits}"
        return format_decimal(value, pattern, locale=self._speak.language)

    def size(self, size_bytes: float) -> str:
        """Return 34,9 TB: powers of a thousand, as disks are sold, three digits at most."""
        value, unit = float(size_bytes), 0
        while abs(value) >= _STEP - 0.5 and unit < len(_UNITS) - 1:
            value, unit = value / _STEP, unit + 1
        digits = 0 if unit == 0 or abs(value) >= _HUNDRED else 1 if abs(value) >= _TEN else 2
        return f"{self.number(value, digits)}{_NO_BREAK}{_UNITS[unit]}"

    def rate(self, bytes_per_s: float) -> str:
        """Return what a stream brings: 1,8 Mbit/s."""
        megabits = bytes_per_s * _BITS / _MEGABIT
        return f"{self.number(megabits, 1 if megabits >= 1 else 2)}{_NO_BREAK}Mbit/s"

    def hours(self, hours: float) -> str:
        """Return how long something suffices, in the unit that fits."""
        speak = self._speak
        if hours >= 3 * _YEAR_D * _DAY_H:
            return speak("more than %(value)s years") % {"value": 3}
        if hours >= 2 * _DAY_H:
            days = hours / _DAY_H
            return speak("%(value)s days") % {"value": self.number(days, 1 if days < _TEN else 0)}
        if hours >= 2:
            return speak("%(value)s hours") % {"value": self.number(hours, 1 if hours < 10 else 0)}
        return speak.ngettext("%(num)s minute", "%(num)s minutes", max(0, int(hours * 60)))

    def lasting(self, seconds: float) -> str:
        """Return how long ago something was, or how long it lasts, never rounded up."""
        return lasting(seconds, self._speak.ngettext)

    def kept(self, hours: int) -> str:
        """Return for how long footage is kept."""
        return lasting(hours * _HOUR_S, self._speak.ngettext, exactly=True)
