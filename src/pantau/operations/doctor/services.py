"""Checks of what runs beside the web process, and of what starts it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pantau.operations.doctor.findings import Finding, advice, fine, wrong

_MEDIAMTX: Final = ((1, 9), (1, 20))
"""The versions that the contract suite speaks for."""
_VERSION: Final = re.compile(r"v?(\d+)\.(\d+)")


def check_media_server(
    *, is_running: bool, answer: Callable[[], str | None], is_foreign: bool = False
) -> Finding:
    """Whether the media server answers, if Pantau runs; `answer` is its version.

    `is_foreign` tells a MediaMTX of the operator's from our own engine.
    """
    name = "media server"
    said = answer()
    if said is not None:
        found = _VERSION.match(said) if is_foreign else None
        if found and not _MEDIAMTX[0] <= (int(found[1]), int(found[2])) <= _MEDIAMTX[1]:
            return advice(
                name,
                f"MediaMTX {said} answers, which nobody tried with this Pantau",
                "Use MediaMTX 1.9 to 1.20, or Pantau's own engine (no api_url in [media]).",
            )
        return fine(name, f"answers ({said})")
    if is_foreign:
        return wrong(
            name,
            "the MediaMTX of api_url does not answer, or refuses us",
            "Start it; in mediamtx.yml set api: yes, and let this machine use the API without a "
            "password (authInternalUsers, permissions: action api, ips 127.0.0.1).",
        )
    if not is_running:
        return fine(name, "not running, and neither is Pantau")
    return wrong(
        name,
        "does not answer, although Pantau runs",
        "Look at the log for what ended it; pantau serve starts it again by itself.",
    )


def check_worker(failures: Mapping[str, str]) -> Finding:
    """Whether the worker inside a web process works; why it does not, with what to do, if not."""
    name = "worker"
    for kind, sentence in failures.items():
        return wrong(
            name,
            f"its work inside the web process fails again and again ({kind})",
            sentence or "The log has the error with its trace. Pages go on meanwhile.",
        )
    return fine(name, "no failure is told")


def check_shared_state(policy: str | None) -> Finding:
    """Whether Valkey answers and never forgets counts early; None: it does not answer."""
    name = "shared state"
    if policy is None:
        return wrong(
            name,
            "the Valkey of shared_state_url does not answer: each process counts alone",
            "Start it, or correct shared_state_url; a password stands in it before the @.",
        )
    if policy and policy != "noeviction":
        return wrong(
            name,
            f"it forgets what it likes when it is full (maxmemory-policy {policy})",
            "Limits would begin anew: set maxmemory-policy noeviction in valkey.conf.",
        )
    return fine(name, f"answers (maxmemory-policy {policy or 'unknown'})")


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """Which release should run, and which does."""

    current: Path | None
    """What the link names; None: there are no releases here."""
    link_is_there: bool
    asked: Path
    """The environment of this very command."""
    interrupted: str = ""
    """How far a deploy was that neither ended nor is under way; empty: there is none."""
    running: Mapping[str, str] = field(default_factory=dict)
    """Builds by process, of those that run."""
    build: str = ""
    """Of the current release, if it is this command's."""


def check_release(facts: ReleaseFacts) -> Finding:
    """Whether what runs is what should, and no deploy stopped half-way."""
    name = "release"
    if facts.interrupted:
        return wrong(
            name,
            f"a deploy stopped half-way ({facts.interrupted})",
            "Type pantau release status, which says what to type next: it goes on or goes back.",
        )
    if facts.link_is_there and facts.current is None:
        return wrong(
            name,
            "releases/current leads to no environment: nothing would start again",
            f"Type {facts.asked}/bin/pantau release adopt: then it leads to this environment.",
        )
    others = sorted(process for process, build in facts.running.items() if build != facts.build)
    is_ours = facts.current in {None, facts.asked}
    if is_ours and others and facts.build:
        return advice(
            name,
            f"{', '.join(others)} still runs another build than is installed",
            "Replace it without a gap: kill -HUP of pantau serve, or systemctl reload its unit.",
        )
    if not is_ours:
        return advice(
            name,
            f"this command is of {facts.asked}, while {facts.current} runs",
            f"Use {facts.current}/bin/pantau, so that both know the same database.",
        )
    return fine(name, "what is installed is what runs" if facts.running else "nothing runs")


def check_units(forms: Mapping[str, str], form: str) -> Finding:
    """Whether the units of systemd have the form that this version writes.

    `forms` are by file name; empty for one that people wrote themselves.
    """
    name = "systemd units"
    if not forms:
        return fine(name, "none are installed")
    old = sorted(unit for unit, found in forms.items() if found and found != form)
    if old:
        return advice(
            name,
            f"{', '.join(old)} are of another version",
            "Type pantau init --force with your answers, then run install.sh; keep changes of your "
            "own with systemctl edit.",
        )
    return fine(name, f"{len(forms)} installed, as this version writes them")
