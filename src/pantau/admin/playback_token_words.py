"""What the pages of playback tokens say."""

from collections.abc import Mapping
from typing import Final

from pantau.admin.wording import Wording
from pantau.recordings.rights.values import PlaybackToken

EVERY_WINDOW: Final = ("24", "72", "168", "720")
"""Hours to choose from."""
EVERY_END: Final = ("1", "7", "30", "90", "365", "never")
"""Days to choose from."""


def end_words(speak: Wording) -> Mapping[str, str]:
    """Return why devices ended."""
    return {
        "revoked": speak("the token was revoked"),
        "replaced": speak("opened another link"),
        "idle": speak("not seen for long"),
        "left": speak("gave it back"),
        "ended": speak("signed off here"),
    }


def share_text(token: PlaybackToken, url: str, *, site: str, speak: Wording) -> str:
    """Return a message for a chat."""
    lines = [
        speak("Recordings of %(site)s for %(name)s") % {"site": site, "name": token.label},
        url,
        speak("Open the link on the device that you will watch on, and press the button there."),
    ]
    if token.max_devices:
        lines.append(
            speak.ngettext(
                "It is for %(num)s device.", "It is for %(num)s devices.", token.max_devices
            )
        )
    if token.expires_at is not None:
        lines.append(speak("It ends %(when)s.") % {"when": speak.moment(token.expires_at)})
    return "\n".join(lines)


def playback_sentences(speak: Wording) -> tuple[str, ...]:
    """Return the sentences of the service, so that catalogues translate them."""
    return (
        speak("A code has 8 to 64 letters and digits."),
        speak("A code has letters from A to Z, digits, and single dashes or spaces."),
        speak("Others would guess this code. Take a longer one, or leave it empty."),
        speak("This code was given out before."),
        speak("Choose at least one camera."),
        speak("Choose at least one area."),
        speak("One of these cameras is not there."),
        speak("One of these cameras is not to be replayed, not even with a token."),
        speak("One of these areas is not there."),
        speak("You may open cameras of your areas only."),
        speak("From 1 to 8760 hours."),
        speak("From 1 to 1000 devices, or 0 for any number."),
        speak("It ends after now, and within 3650 days."),
        speak("This token was revoked. Make a new one."),
        speak("There are 500 tokens. Revoke some first."),
        speak("Give it a name."),
        speak("This does not go with the chosen scope."),
    )
