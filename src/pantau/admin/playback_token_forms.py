"""The form of a playback token: what it shows, and what was typed into it."""

from dataclasses import dataclass
from typing import ClassVar

from pantau.admin.typed import Typed
from pantau.recordings.rights.values import PlaybackToken

_DEFAULT_WINDOW = 24
_DEFAULT_DEVICES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenForm:
    """Everything as text, the way it stands in the fields."""

    FIELDS: ClassVar[tuple[str, ...]] = (
        "label",
        "scope",
        "camera_ids",
        "area_ids",
        "window_hours",
        "expires_at",
        "expires_in_days",
        "max_devices",
        "note",
        "code",
    )

    label: str = ""
    scope: str = ""
    camera_ids: frozenset[int] = frozenset()
    area_ids: frozenset[int] = frozenset()
    window_hours: str = str(_DEFAULT_WINDOW)
    ends: str = "30"
    """Days, `never`, or `keep` for what holds."""
    max_devices: str = str(_DEFAULT_DEVICES)
    note: str = ""
    code: str = ""

    @staticmethod
    def fresh(*, may_open_all: bool) -> "TokenForm":
        """Return the form for a new token."""
        return TokenForm(scope="all" if may_open_all else "selected")

    @staticmethod
    def of(token: PlaybackToken) -> "TokenForm":
        """Return the form for changing a token."""
        return TokenForm(
            label=token.label,
            scope="" if token.scope is None else str(token.scope),
            camera_ids=token.camera_ids,
            area_ids=token.area_ids,
            window_hours=str(token.window_hours),
            ends="keep",
            max_devices=str(token.max_devices),
            note=token.note,
        )

    @staticmethod
    def typed(typed: Typed) -> "TokenForm":
        """Return the form as somebody filled it in."""
        return TokenForm(
            label=typed.text("label", most=101),
            scope=typed.text("scope", most=10),
            camera_ids=typed.numbers("camera"),
            area_ids=typed.numbers("area"),
            window_hours=typed.text("window_hours", most=6),
            ends=typed.text("ends", most=10),
            max_devices=typed.text("max_devices", most=6),
            note=typed.text("note", most=501),
            code=typed.text("code", most=65),
        )

    @staticmethod
    def values_of(typed: Typed, *, with_code: bool) -> dict[str, object]:
        """Return what was typed as the API takes it: names of what the scope has no use for go."""
        form = TokenForm.typed(typed)
        values: dict[str, object] = {
            "label": form.label,
            "scope": form.scope,
            "camera_ids": form.camera_ids if form.scope == "selected" else (),
            "area_ids": form.area_ids if form.scope == "area" else (),
            "window_hours": form.window_hours,
            "expires_in_days": ends_in_days(typed),
            "max_devices": form.max_devices or "0",
            "note": form.note,
        }
        return {**values, "code": form.code} if with_code else values


def ends_in_days(typed: Typed) -> str | None:
    """Return after how many days it shall end; None: never, or when it does already."""
    ends = typed.text("ends", most=10)
    return None if ends in {"never", "keep"} else ends
