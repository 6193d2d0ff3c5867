"""What people see below /admin when something does not work: the way in, or what is missing."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from pantau.admin.frame import Frame, Look
from pantau.admin.own_paths import HOME, SECOND_FACTOR, SIGN_IN, own_path
from pantau.admin.sign_in import sign_in_values
from pantau.admin.wording import Wording
from pantau.ui.visitor import visitor_of_scope
from pantau.web.exchange import Scope
from pantau.web.principal import principal_of
from pantau.web.problems import Drawn, ErrorPage, Refusal

_SIGNING_IN: Final = frozenset({SIGN_IN, SECOND_FACTOR})


@dataclass(frozen=True, slots=True)
class _Told:
    title: str
    sentence: str
    icon: str = "warn"


class AdminRefusals:
    """Draws refusals of the admin's addresses; others go to `elsewhere`.

    Has the shape of web.problems.ErrorPage.
    """

    def __init__(self, frame: Frame, elsewhere: ErrorPage) -> None:
        self._frame = frame
        self._elsewhere = elsewhere

    def __call__(self, scope: Scope, refusal: Refusal) -> Drawn | bytes | None:
        path: str = scope["path"]
        if path != HOME and not path.startswith(f"{HOME}/"):
            return self._elsewhere(scope, refusal)
        if refusal.status == HTTPStatus.UNAUTHORIZED or path in _SIGNING_IN:
            return self._sign_in(scope, refusal)
        if refusal.code == "access.password_expired":
            values = {"next_path": _next_path(scope)}
            return self._frame.drawn(scope, "new_password.html", values, Look(here=HOME))
        return self._refused(scope, refusal)

    def _sign_in(self, scope: Scope, refusal: Refusal) -> Drawn:
        speak = self._say(scope)
        values = sign_in_values(
            HOME if scope["path"] in _SIGNING_IN else _next_path(scope),
            notice=_notice(scope, refusal, speak),
            wait=refusal.retry_after_s or 0.0,
            may_be_renewed=refusal.status == HTTPStatus.UNAUTHORIZED and _is_reading(scope),
        )
        look = Look(here="" if _is_reading(scope) else SIGN_IN)
        return self._frame.drawn(scope, "sign_in.html", values, look)

    def _refused(self, scope: Scope, refusal: Refusal) -> Drawn:
        told = _told(scope, refusal, self._say(scope))
        is_fault = refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        is_away = refusal.status == HTTPStatus.SERVICE_UNAVAILABLE
        values = {
            "title": told.title,
            "sentence": told.sentence,
            "icon": told.icon,
            "request_id": refusal.request_id if is_fault else "",
            "wait_s": round(refusal.retry_after_s or 0.0),
            "back": HOME,
            "again": _next_path(scope) if is_away and _is_reading(scope) else "",
        }
        look = Look(here="" if _is_reading(scope) else HOME)
        return self._frame.drawn(scope, "refused.html", values, look)

    def _say(self, scope: Scope) -> Wording:
        return self._frame.wording_of(visitor_of_scope(scope).language)


def _next_path(scope: Scope) -> str:
    if not _is_reading(scope):
        return HOME
    query = scope["query_string"].decode("latin-1")
    return own_path(f"{scope['path']}?{query}" if query else str(scope["path"]))


def _is_reading(scope: Scope) -> bool:
    return scope["method"] in {"GET", "HEAD"}


def _notice(scope: Scope, refusal: Refusal, speak: Wording) -> str:
    if refusal.status == HTTPStatus.TOO_MANY_REQUESTS:
        return speak.sentence(refusal.message)
    if refusal.status == HTTPStatus.FORBIDDEN:
        return speak("This page was open for too long. Please sign in once more.")
    if refusal.status != HTTPStatus.UNAUTHORIZED:
        return speak("Something went wrong here. Please try again in a moment.")
    reason = principal_of(scope).refusal
    told = {
        "expired": speak("You were signed out because nothing happened for a while."),
        "revoked": speak("This session was ended, here or on another device."),
        "invalid": speak("This session is not valid. Please sign in again."),
        "unavailable": speak("The database does not answer. Please try again in a moment."),
    }.get(reason, "")
    if not _is_reading(scope):
        lost = speak("What you just sent was not saved.")
        return f"{told} {lost}".strip()
    return told


def _told(scope: Scope, refusal: Refusal, speak: Wording) -> _Told:
    tell = _BY_CODE.get(refusal.code) or _BY_STATUS.get(refusal.status)
    if tell is not None:
        return tell(scope, speak)
    if refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _Told(
            speak("Something went wrong here"),
            speak("It was written down. The number below helps whoever looks into it."),
        )
    return _Told(speak("This cannot be done"), speak.sentence(refusal.message))


def _role(scope: Scope, speak: Wording) -> _Told:
    who = principal_of(scope)
    values = {"name": who.username, "role": speak.role(who.role)}
    sentence = speak(
        "You are signed in as %(name)s (%(role)s). This page is for admins: "
        "ask one of them to change your role, or to do it for you."
    )
    return _Told(speak("Your role does not open this page"), sentence % values, "lock")


def _key(_: Scope, speak: Wording) -> _Told:
    sentence = speak("An API key opens the API. Pages are for people: sign in with a user name.")
    return _Told(speak("This page is for people"), sentence, "key")


def _form(_: Scope, speak: Wording) -> _Told:
    sentence = speak(
        "The form was open for more than an hour. Go back, reload it, and send it again."
    )
    return _Told(speak("Nothing was saved"), sentence)


def _foreign(_: Scope, speak: Wording) -> _Told:
    sentence = speak("The request came from a page of another site, which may not use this hub.")
    return _Told(speak("Nothing was saved"), sentence, "lock")


def _missing(_: Scope, speak: Wording) -> _Told:
    sentence = speak("It may have been deleted, or the address has a typing error.")
    return _Told(speak("There is no such page"), sentence, "search")


def _often(_: Scope, speak: Wording) -> _Told:
    sentence = speak("Too many requests came from your address within a minute.")
    return _Told(speak("A moment, please"), sentence)


def _away(scope: Scope, speak: Wording) -> _Told:
    later = speak("Please try again in a moment.")
    if not _is_reading(scope):
        later = f"{speak('What you just sent was not saved.')} {later}"
    return _Told(speak("Too busy right now"), later)


_BY_CODE: Final[dict[str, Callable[[Scope, Wording], _Told]]] = {
    "access.role": _role,
    "access.scope": _key,
    "access.link": _key,
    "csrf.invalid": _form,
    "origin.foreign": _foreign,
}
_BY_STATUS: Final[dict[int, Callable[[Scope, Wording], _Told]]] = {
    404: _missing,
    405: _missing,
    429: _often,
    503: _away,
}
