"""How the import of cameras says its reasons: whole sentences in the reader's language."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from pantau.admin.wording import Wording

Say = Callable[[str], str]
_GAP: Final = re.compile(r"%\((\w+)\)s")


def reasons(_: Say) -> Sequence[str]:
    """Return every sentence about a row in one language, always in the same order."""
    return (*_decisions(_), *_refusals(_), *_warnings(_), *_looks(_), *_troubles(_), *_in_gaps(_))


def profile_titles(_: Say) -> dict[str, str]:
    """Return what people call the profiles."""
    return {
        "generic": _("Any catalogue"),
        "hls": _("Public HLS"),
        "mjpeg": _("MJPEG"),
        "embed": _("Pages to be framed"),
        "zoneminder": _("ZoneMinder or MJPEG with a token"),
        "flv": _("FLV behind a player page"),
        "private-rtsp": _("Own RTSP cameras, live only"),
        "mediamtx": _("MediaMTX configuration"),
        "frigate": _("Frigate configuration"),
        "pantau": _("Export of Pantau"),
    }


class ImportWords:
    """Says a service's sentence in another language, with what stands in its gaps."""

    def __init__(self, speak: Wording) -> None:
        english, said = reasons(str), reasons(speak)
        self._plain = dict(zip(english, said, strict=True))
        self._patterns = [
            (_pattern(each), other)
            for each, other in zip(english, said, strict=True)
            if _GAP.search(each)
        ]
        self._speak = speak

    def __call__(self, sentence: str) -> str:
        """Return the sentence; one that nobody translated stays as it is."""
        if sentence in self._plain:
            return self._plain[sentence]
        for pattern, other in self._patterns:
            found = pattern.fullmatch(sentence)
            if found is not None:
                return other % {name: self._words(text) for name, text in found.groupdict().items()}
        return self._speak.sentence(sentence)

    def _words(self, text: str) -> str:
        """Return what stands in a gap: words of a list, a sentence, or a number."""
        if text.endswith("."):
            return self(text)
        return ", ".join(self._plain.get(word, word) for word in text.split(", "))


def _pattern(sentence: str) -> re.Pattern[str]:
    # Every second part is the name of a gap.
    parts = _GAP.split(sentence)
    written = (
        f"(?P<{part}>.+)" if number % 2 else re.escape(part) for number, part in enumerate(parts)
    )
    return re.compile("".join(written))


def _decisions(_: Say) -> Sequence[str]:
    return (
        _("This camera is new."),
        _("This camera is here already, and nothing differs."),
        _("This camera is here already."),
        _("This camera is here; another value: %(what)s."),
        _("A camera of this name is in this area."),
        _("Row %(number)s has the same address."),
        _("The catalogue says that this camera is offline."),
        _("The catalogue does not say that this camera is offline."),
        _("The catalogue says that this camera was deleted."),
        _("This camera stands in pantau.toml; change it there."),
        _("This is a camera of the demo."),
        _("Only verified cameras are taken. %(why)s"),
        _("It was not looked at."),
        _("This path waits for somebody who sends; it pulls nothing."),
        _("A path for many names (a regular expression) is no camera."),
        _("A path for all other names is no camera."),
    )


def _refusals(_: Say) -> Sequence[str]:
    return (
        _("The row has no name."),
        _("The row has no address of a stream."),
        _("The address is only a part of one: scheme and host are missing."),
        _("The address has a placeholder in it; put the real value in its place."),
        _("The address has a variable in it; put the real value in its place."),
        _("The address has a variable of Frigate in it; put the real value in its place."),
        _("The address is longer than %(most)s characters."),
        _("The address leads to a file, not to a camera."),
        _("The address leads to a place that cameras may not have (%(what)s)."),
        _("The address is not of the kind of this profile (%(kind)s)."),
        _("Cameras of this kind at %(scheme)s:// addresses are not spoken here."),
        _("There is no area %(name)s, and you may not add one."),
        _("You may not put cameras into this area."),
        _("This camera is in an area that you may not change."),
        _("This row is no object with named values."),
        _("This row has more cells than the first line has names."),
        _("A cell of this row is too long."),
        _("A value of this row cannot be read."),
        _("The value of %(field)s cannot be used."),
        _("This path has no settings that can be read."),
        _("The source of this path cannot be read."),
        _("A camera on the board of that machine cannot be pulled from here."),
        _("This camera has no settings that can be read."),
        _("This camera has no input."),
        _("None of its inputs is an address that can be pulled."),
    )


def _warnings(_: Say) -> Sequence[str]:
    return (
        _("The coordinates cannot be read; the camera has none."),
        _("The coordinates 0, 0 are no place; the camera has none."),
        _("The coordinates are not on this planet; the camera has none."),
        _("Latitude and longitude stood in each other's place."),
        _("The address carries a token that expires; import the catalogue again when it has."),
        _("The address had spaces in it; they are escaped."),
        _("What the address gives was guessed: it counts as MJPEG."),
        _("The address holds a login: check whom this camera is shown to."),
        _("Streams over websockets cannot be played yet; the camera is only noted."),
        _("Another camera in this area has the same name."),
        _("The %(what)s was longer than %(most)s characters and was cut."),
    )


def _looks(_: Say) -> Sequence[str]:
    return (
        _("No answer in time."),
        _("Nobody answers at this address."),
        _("The name of the server leads nowhere."),
        _("The certificate of the server is not good."),
        _("The server hung up."),
        _("The server refuses (HTTP %(status)s)."),
        _("The server answers with HTTP %(status)s."),
        _("The server redirects too often."),
        _("What answers there speaks something else."),
        _("What answers there cannot be read."),
        _("What comes is no picture."),
        _("What comes is no FLV."),
        _("What comes is no page."),
        _("What comes is no playlist."),
        _("The playlist names no stream."),
        _("The playlist is empty."),
        _("The playlist does not move."),
        _("This is a recording, not a live stream."),
        _("The camera refuses the user name or the password."),
        _("The camera answers with RTSP %(status)s."),
        _("The camera offers no video."),
        _("Sources of this kind cannot be looked at."),
        _("There was no time left to look at it."),
    )


def _troubles(_: Say) -> Sequence[str]:
    return (
        _("This import was applied already."),
        _("This import is being worked on."),
        _("Addresses are being looked at already."),
        _("Other imports are being written. Try again shortly."),
        _("Only an import that was applied can be undone."),
        _("Too many imports wait to be applied. Apply or discard one, or wait two hours."),
        _("Choose a file, or paste its text."),
        _("The file is empty."),
        _("This is not a text file."),
        _("The file is nested too deep."),
        _("No camera was found in this file."),
        _("Write an RTSP address with {host} in it."),
        _("Write an address of this machine."),
        _("This machine does not have that address."),
        _("There is no network to search."),
    )


def _in_gaps(_: Say) -> Sequence[str]:
    return (
        _("this machine"),
        _("link-local"),
        _("multicast"),
        _("reserved"),
        _("name"),
        _("source"),
        _("description"),
        _("location"),
        _("group"),
        _("area"),
        _("place on the map"),
        _("public decision"),
        _("switched on"),
        _("status"),
        _("further settings"),
    )
