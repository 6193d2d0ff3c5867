"""What a password must be.  Pure: every rule that is broken is named, not only the first."""

import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

from pantau.accounts.passwords.guesses import weight

Rule = Literal["length", "upper", "lower", "digit", "special", "common", "username", "signs"]

LEAST_SIGNS: Final = 12
MOST_SIGNS: Final = 128
LEAST_GUESSES_LOG10: Final = 6.9
"""For one common word, a row of keys or a repetition, with whatever stands around it."""
LEAST_GUESSES_OF_SEVERAL_LOG10: Final = 4.0
"""Where several common words are joined.  The door lets nobody guess an account that often in a
fortnight, and more would refuse what people and existing clients use, such as “NewPassword123!”."""

_REQUIREMENTS: Final[dict[Rule, str]] = {
    "length": f"At least {LEAST_SIGNS} and at most {MOST_SIGNS} characters",
    "upper": "At least one uppercase letter (A-Z)",
    "lower": "At least one lowercase letter (a-z)",
    "digit": "At least one number (0-9)",
    "special": "At least one special character, such as ! @ # $ % or a space",
    "common": "Not a common password, nor a common word with numbers and signs added",
    "username": "Must not contain the username, forwards or backwards",
}
_SENTENCES: Final[dict[Rule, str]] = {
    "length": f"The password needs {LEAST_SIGNS} to {MOST_SIGNS} characters.",
    "upper": "The password needs an uppercase letter.",
    "lower": "The password needs a lowercase letter.",
    "digit": "The password needs a number.",
    "special": "The password needs a special character.",
    "common": "The password is too easy to guess: common words, years, rows of keys and "
    "repetitions count for little.",
    "username": "The password contains the username.",
    "signs": "The password holds a control character, which no keyboard can type.",
}
_LEAST_NAME: Final = 3
"""Shorter names are in too many good passwords by chance."""
_LEAST_NAME_BACKWARDS: Final = 4


@dataclass(frozen=True, slots=True)
class Breach:
    """One rule that a password does not keep."""

    rule: Rule
    sentence: str


def requirements() -> tuple[str, ...]:
    """Return what is asked of a password, one text per rule, to be shown before one is chosen."""
    return tuple(_REQUIREMENTS.values())


def normalised(password: str) -> str:
    """Return the form in which a password is judged, hashed and compared.

    Composed (NFC), since keyboards differ in how they send an accent; never trimmed or folded.
    """
    return unicodedata.normalize("NFC", password)


def breaches(password: str, *, username: str = "") -> tuple[Breach, ...]:
    """Return every rule that `password` breaks; nothing when it may be used."""
    if len(password) > 4 * MOST_SIGNS:
        return (_breach("length"),)
    composed = normalised(password)
    broken: list[Rule] = []
    if not LEAST_SIGNS <= len(composed) <= MOST_SIGNS:
        broken.append("length")
    broken += _missing_kinds(composed)
    # Longer than allowed costs too much to judge, and is refused anyway.
    if len(composed) <= MOST_SIGNS and _is_common(composed):
        broken.append("common")
    if _holds_name(composed, username):
        broken.append("username")
    if any(unicodedata.category(sign) in {"Cc", "Cs", "Cn"} for sign in composed):
        broken.append("signs")
    return tuple(_breach(rule) for rule in broken)


def _is_common(password: str) -> bool:
    found = weight(password)
    are_several = len(found.words) > 1
    least = LEAST_GUESSES_OF_SEVERAL_LOG10 if are_several else LEAST_GUESSES_LOG10
    return found.guesses_log10 < least


def _missing_kinds(password: str) -> list[Rule]:
    present: dict[Rule, bool] = {
        "upper": any(sign.isupper() for sign in password),
        "lower": any(sign.islower() for sign in password),
        "digit": any(sign.isdecimal() for sign in password),
        "special": any(_is_special(sign) for sign in password),
    }
    return [rule for rule, is_there in present.items() if not is_there]


def _is_special(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "PSZ"


def _holds_name(password: str, username: str) -> bool:
    name = normalised(username).casefold()
    if len(name) < _LEAST_NAME:
        return False
    folded = password.casefold()
    return name in folded or (len(name) >= _LEAST_NAME_BACKWARDS and name[::-1] in folded)


def _breach(rule: Rule) -> Breach:
    return Breach(rule, _SENTENCES[rule])
