"""What a look at a source found, line by line, in words that say what to do.

The hints of a report say the same to programs; here every finding carries its own advice.
"""

from dataclasses import dataclass
from typing import Final, Literal

from babel.numbers import format_decimal

from pantau.admin.wording import Wording
from pantau.cameras.probing import ProbeReport

Sign = Literal["ok", "warn", "bad", ""]
_LONG_INTERVAL_S: Final = 4.0
_BEST_INTERVAL_S: Final = 2
_LARGE_PX: Final = 1080
_SMALL_PX: Final = 360
_MEGABIT: Final = 1_000_000
_CODECS: Final = {
    "h264": "H.264",
    "h265": "H.265",
    "mjpeg": "MJPEG",
    "aac": "AAC",
    "opus": "Opus",
    "pcmu": "G.711",
    "pcma": "G.711",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One finding."""

    sign: Sign
    text: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class ShownProbe:
    """What the page shows of a look; `still` is an address that holds the picture itself."""

    is_ok: bool
    lines: tuple[Line, ...]
    still: str = ""


def shown_probe(report: ProbeReport, speak: Wording) -> ShownProbe:
    """Return a report in the reader's words."""
    if not report.ok:
        lines = [Line("bad", speak.sentence(report.sentence), report.detail)]
    elif report.video_codec is None and report.sentence:
        lines = [Line("", speak.sentence(report.sentence))]
    else:
        lines = [_connected(report, speak), _video(report, speak)]
        lines += [line for line in (_interval(report, speak), _audio(report, speak)) if line]
    still = f"data:image/jpeg;base64,{report.still_base64}" if report.still_base64 else ""
    return ShownProbe(report.ok, tuple(lines), still)


def _connected(report: ProbeReport, speak: Wording) -> Line:
    if report.is_from_live:
        return Line("ok", speak("The camera is being pulled already; this is what it sends."))
    if report.first_picture_s is None:
        return Line("ok", speak("The camera answers."))
    seconds = _number(report.first_picture_s, speak, "#,##0.0#")
    return Line("ok", speak("First picture after %(seconds)s s") % {"seconds": seconds})


def _video(report: ProbeReport, speak: Wording) -> Line:
    facts = [_CODECS.get(report.video_codec or "", report.video_codec or "")]
    if report.width_px and report.height_px:
        facts[0] += f" {report.width_px}×{report.height_px}"
    if report.frame_rate:
        rate = _number(report.frame_rate, speak, "#,##0.#")
        facts.append(speak("%(rate)s pictures a second") % {"rate": rate})
    if report.bit_rate_bps:
        rate = _number(report.bit_rate_bps / _MEGABIT, speak, "#,##0.0")
        facts.append(speak("%(rate)s Mbit/s") % {"rate": rate})
    told = speak("Video %(facts)s") % {"facts": ", ".join(facts).strip()}
    if report.video_codec == "h265":
        advice = speak("Many phones and browsers cannot play H.265. H.264 plays everywhere.")
        return Line("warn", told, advice)
    if report.height_px and report.height_px > _LARGE_PX:
        return Line("warn", told, speak("A lot for phones. Its second stream may do better."))
    if report.height_px and report.height_px < _SMALL_PX:
        return Line("warn", told, speak("Small. Is it the main stream?"))
    return Line("ok", told)


def _interval(report: ProbeReport, speak: Wording) -> Line | None:
    seconds = report.key_frame_interval_s
    if seconds is None:
        return None
    written = {"seconds": _number(seconds, speak, "#,##0.0")}
    told = speak("A key frame every %(seconds)s s") % written
    if seconds < _LONG_INTERVAL_S:
        return Line("ok", told)
    advice = speak("Viewers wait up to %(seconds)s s for a picture. Set it to %(best)s s.")
    return Line("warn", told, advice % {**written, "best": _BEST_INTERVAL_S})


def _audio(report: ProbeReport, speak: Wording) -> Line | None:
    if not report.audio:
        return Line("", speak("No sound"))
    name = _CODECS.get(report.audio.lower(), report.audio)
    return Line("", speak("Sound: %(name)s") % {"name": name})


def _number(value: float, speak: Wording, pattern: str) -> str:
    return format_decimal(value, format=pattern, locale=speak.language)
