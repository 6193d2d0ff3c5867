"""The `pantau.toml` of a new installation, in plain words."""

import json

from pantau.operations.installing.answers import Answers
from pantau.operations.installing.units import RUNTIME_NAME


def config_text(answers: Answers) -> str:
    """Return the whole file; it holds no password, because nobody has one yet."""
    parts = [_HEAD, _listening(answers), _folders(answers)]
    parts.append(f"[site]\n# What visitors call the hub.\nname = {quoted(answers.name)}\n")
    if answers.recordings_dir != answers.data_dir / "recordings":
        parts.append(_recordings(answers))
    parts.append(_CAMERAS)
    return "\n".join(parts)


def quoted(text: str) -> str:
    """Return a string of TOML, JSON, YAML or JavaScript: all four read this form alike."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


_HEAD = """\
# The settings of this hub.  All there are: docs/reference/settings.md, and `pantau doctor` tells
# what is wrong.  Lines that begin with # are only read by people.
# Cameras, people and alerts are kept in the admin pages, not here.
"""

_CAMERAS = """\
# Cameras are added on the page /admin/cameras.  Who prefers a file writes tables like this one:
# [[cameras]]
# name = "North gate"
# source = "rtsp://user:password@192.168.1.20:554/stream1"
"""


def _listening(answers: Answers) -> str:
    who = (
        "the proxy on this machine comes here; nobody else can"
        if answers.proxy != "none"
        else "every network of this machine may come; put a proxy in front for HTTPS"
    )
    lines = [
        f"# Where the hub listens: {who}.",
        f"host = {quoted(answers.host)}",
        f"port = {answers.port}",
    ]
    if answers.public_url:
        lines += [
            "# What visitors type.  It stands in links, in messages and in stream addresses.",
            f"public_url = {quoted(answers.public_url)}",
        ]
    if answers.proxy != "none":
        lines += [
            "# Whose word about a visitor's address counts.  Behind a CDN, add its networks.",
            'trusted_proxies = ["127.0.0.0/8", "::1/128"]',
        ]
    return "\n".join(lines) + "\n"


def _folders(answers: Answers) -> str:
    lines = [
        "# Everything that must survive: the database, the keys, pictures.  Back it up.",
        f"data_dir = {quoted(str(answers.data_dir))}",
    ]
    if answers.supervisor == "systemd":
        lines += [
            "# Sockets, with which the processes speak with each other; systemd makes the folder.",
            f"runtime_dir = {quoted(f'/run/{RUNTIME_NAME}')}",
        ]
    return "\n".join(lines) + "\n"


def _recordings(answers: Answers) -> str:
    return "\n".join(
        (
            "[recordings]",
            "# Folders for footage, one on each disk.  One that is missing counts as a disk that",
            "# is not mounted: recording pauses and says so.",
            f"dirs = [{quoted(str(answers.recordings_dir))}]",
            "",
        )
    )
