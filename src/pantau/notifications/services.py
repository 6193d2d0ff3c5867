"""Which message services are spoken to, by the first part of an address; all others are refused.

Left out are services that run programs, write files or talk to the machine's own desktop.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Service:
    """One of Apprise's services: where its class is, and how long a message it takes."""

    module: str
    name: str
    class_name: str
    most_letters: int = 1800
    is_html: bool = False


_TELEGRAM: Final = Service("telegram", "Telegram", "NotifyTelegram", 3800, is_html=True)
_EMAIL: Final = Service("email.base", "E-mail", "NotifyEmail", 20_000)
_NTFY: Final = Service("ntfy", "ntfy", "NotifyNtfy", 3000)
_JSON: Final = Service("custom_json", "JSON", "NotifyJSON", 20_000)
_FORM: Final = Service("custom_form", "Form", "NotifyForm", 20_000)
_XML: Final = Service("custom_xml", "XML", "NotifyXML", 20_000)
_MATTERMOST: Final = Service("mattermost", "Mattermost", "NotifyMattermost", 3800)
_ROCKET: Final = Service("rocketchat", "Rocket.Chat", "NotifyRocketChat", 900)
_GOTIFY: Final = Service("gotify", "Gotify", "NotifyGotify", 3800)
_SIGNAL: Final = Service("signal_api", "Signal", "NotifySignalAPI", 1800)
_NEXTCLOUD: Final = Service("nextcloudtalk", "Nextcloud Talk", "NotifyNextcloudTalk", 3800)
_HOME: Final = Service("home_assistant", "Home Assistant", "NotifyHomeAssistant", 3800)
_SYNOLOGY: Final = Service("synology", "Synology Chat", "NotifySynology", 1800)

TELEGRAM: Final = "tgram"
SERVICES: Final[Mapping[str, Service]] = {
    TELEGRAM: _TELEGRAM,
    "mailto": _EMAIL,
    "mailtos": _EMAIL,
    "ntfy": _NTFY,
    "ntfys": _NTFY,
    "json": _JSON,
    "jsons": _JSON,
    "form": _FORM,
    "forms": _FORM,
    "xml": _XML,
    "xmls": _XML,
    "mmost": _MATTERMOST,
    "mmosts": _MATTERMOST,
    "rocket": _ROCKET,
    "rockets": _ROCKET,
    "gotify": _GOTIFY,
    "gotifys": _GOTIFY,
    "signal": _SIGNAL,
    "signals": _SIGNAL,
    "nctalk": _NEXTCLOUD,
    "nctalks": _NEXTCLOUD,
    "hassio": _HOME,
    "hassios": _HOME,
    "synology": _SYNOLOGY,
    "synologys": _SYNOLOGY,
    "discord": Service("discord", "Discord", "NotifyDiscord", 1900),
    "slack": Service("slack", "Slack", "NotifySlack", 3000),
    "gchat": Service("google_chat", "Google Chat", "NotifyGoogleChat", 3800),
    "workflows": Service("workflows", "Microsoft Teams", "NotifyWorkflows", 3000),
    "pover": Service("pushover", "Pushover", "NotifyPushover", 1000),
    "zulip": Service("zulip", "Zulip", "NotifyZulip", 3800),
    "line": Service("line", "LINE", "NotifyLine", 3800),
    "lark": Service("lark", "Lark", "NotifyLark", 3800),
    "whatsapp": Service("whatsapp", "WhatsApp", "NotifyWhatsApp", 1000),
    "twilio": Service("twilio", "Twilio", "NotifyTwilio", 600),
    "prowl": Service("prowl", "Prowl", "NotifyProwl", 3800),
    "bark": Service("bark", "Bark", "NotifyBark", 1800),
}
REFUSED_OPTIONS: Final = frozenset(
    # Apprise reads files, keys or other addresses that these name.
    {"template", "pgp", "pgpkey", "keyfile", "key_file", "cert", "config", "include", "attach"}
)
"""Words that may not stand behind the `?` of an address."""
