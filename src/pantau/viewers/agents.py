"""What a user agent says: device, family of browser, and whether a person can be behind it."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

Device = Literal["mobile", "tablet", "desktop", "unknown"]

OWN_MONITOR: Final = b"pantau-release-monitor"
"""What `pantau release` calls itself when it asks a hub, on whose machine it runs."""
_LONGEST: Final = 400
_MOST_REMEMBERED: Final = 2048
_BOT: Final = re.compile(
    r"bot\b|bot/|bots\b|crawl|spider|slurp|scrap[ey]|archiver|fetcher|preview|validator|monitor|"
    r"uptime|pingdom|statuscake|checkly|site24x7|nagios|zabbix|prometheus|blackbox|"
    r"facebookexternalhit|meta-externalagent|whatsapp/|telegrambot|discordbot|embedly|skypeuri|"
    r"lighthouse|pagespeed|headlesschrome|gptbot|ccbot|bytespider|mediapartners|"
    r"feedfetcher|google-inspectiontool|bingpreview|yandex(?:images|metrika)",
    re.IGNORECASE,
)
_PLAYER: Final = re.compile(
    r"\b(vlc|libvlc|lavf|ffmpeg|ffplay|ffprobe|mpv|mplayer|kodi|gstreamer|libmpv|exoplayer|"
    r"curl|wget|applecoremedia|stagefright|iina|potplayer|quicktime|hls\.js)\b",
    re.IGNORECASE,
)
_TABLET: Final = re.compile(r"ipad|tablet|kindle|silk/|playbook|nexus (?:7|9|10)", re.IGNORECASE)
_PHONE: Final = re.compile(
    r"iphone|ipod|mobile|windows phone|blackberry|opera mini|iemobile", re.IGNORECASE
)
_BROWSERS: Final = (
    ("Edge", re.compile(r"\bEdg(?:e|A|iOS)?/")),
    ("Opera", re.compile(r"\b(?:OPR|Opera|OPiOS)\b")),
    ("Samsung Internet", re.compile(r"\bSamsungBrowser/")),
    ("UC Browser", re.compile(r"\bUC ?Browser/")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS)/")),
    ("Chrome", re.compile(r"\b(?:Chrome|CriOS|Chromium)/")),
    ("Safari", re.compile(r"\bSafari/")),
)


@dataclass(frozen=True, slots=True)
class Agent:
    """Who asks, as far as they tell."""

    device: Device
    browser: str
    """Chrome, Firefox and so on, `player` for programs that play streams, else `other`."""
    is_bot: bool


@lru_cache(maxsize=_MOST_REMEMBERED)
def agent_of(header: bytes) -> Agent:
    """Return what the header says; players such as VLC or curl are people's, not bots."""
    text = header[:_LONGEST].decode("latin-1")
    if not text.strip():
        return Agent("unknown", "other", is_bot=False)
    return Agent(_device_of(text), _browser_of(text), is_bot=_BOT.search(text) is not None)


def _device_of(text: str) -> Device:
    # Android tells its tablets apart from its telephones by one word: telephones say "Mobile".
    is_android = "android" in text.lower()
    if _TABLET.search(text) or (is_android and "mobile" not in text.lower()):
        return "tablet"
    return "mobile" if is_android or _PHONE.search(text) else "desktop"


def _browser_of(text: str) -> str:
    for name, pattern in _BROWSERS:
        if pattern.search(text):
            return name
    return "player" if _PLAYER.search(text) else "other"
