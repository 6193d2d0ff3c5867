"""`python -m pantau.media.probing`: looks at one camera once, in a process that may be killed.

Standard input is one JSON object, at its end: `url`, `kind` (null: by the address), `transport`,
`encode`, `tls_fingerprint`, `tls` ("strict" or "insecure"), `headers` ([[name, value], …]),
`proxy`, `allowed_networks` ([CIDR, …]), `trusted` (true: dial whatever it says), `look_s`.  All but
`url` may be missing.

Standard output is one JSON object: `ok`, `kind`, `cause` (`media.errors.Cause`, or null),
`sentence` for the operator, `detail`, `video_codec`, `codecs` (RFC 6381), `width_px`, `height_px`,
`frame_rate`, `bit_rate_bps`, `key_frame_interval_s`, `audio`, `first_picture_s`, `still_base64` (a
JPEG, or null).  With a cause, what was seen before the trouble is there all the same.

The camera is left with TEARDOWN, and with a reset where it does not answer that (lesson M12).
The process ends by itself, whatever hangs (lesson M13): after `HARD_LIMIT_S + look_s` at most.
Nothing secret is in its arguments, its environment or on its standard error.
"""

import base64
import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final, Literal, NoReturn

from pantau.core.clock import Clock, SystemClock
from pantau.core.networks import policy_of
from pantau.media.errors import SENTENCES, Cause
from pantau.media.probe import ProbeReport, probe_in_thread
from pantau.media.sources.base import SourceConfig

HARD_LIMIT_S: Final = 25.0
"""Beside `look_s`: 15 for the first picture, 5 for the probe's own guard, the rest for goodbyes."""
LONGEST_LOOK_S: Final = 30.0
_DEFAULT_LOOK_S: Final = 6.0
_LAST_RESORT_S: Final = 3
_MOST_INPUT_BYTES: Final = 256 * 1024


def wire(report: ProbeReport) -> dict[str, Any]:
    """Return what goes to standard output."""
    told = asdict(report)
    still = told.pop("still")
    told["cause"] = report.cause.value if report.cause else None
    return {
        "ok": report.cause is None,
        **told,
        "still_base64": base64.b64encode(still).decode() if still else None,
    }


def source_config(given: Mapping[str, Any]) -> SourceConfig:
    """Return the source that is asked for; raises `ValueError` or `TypeError` for nonsense."""
    tls: Literal["strict", "insecure"] = "insecure" if given.get("tls") == "insecure" else "strict"
    return SourceConfig(
        str(given["url"]),
        transport=str(given.get("transport") or "automatic"),
        encode=bool(given.get("encode")),
        tls_fingerprint=str(given.get("tls_fingerprint") or ""),
        tls=tls,
        headers=tuple((str(name), str(value)) for name, value in given.get("headers") or ()),
        proxy=str(given.get("proxy") or ""),
        policy=None
        if given.get("trusted") is True
        else policy_of(map(str, given.get("allowed_networks") or ())),
    )


def run(clock: Clock) -> NoReturn:
    """Read what to look at, look, tell, end."""
    sys.excepthook = _say_what_broke
    try:
        given = json.loads(sys.stdin.buffer.read(_MOST_INPUT_BYTES))
        config = source_config(given)
        look_s = min(max(float(given.get("look_s") or _DEFAULT_LOOK_S), 0.0), LONGEST_LOOK_S)
        kind = str(given["kind"]) if given.get("kind") else None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        _say(_failed("", Cause.BROKEN, f"not understood: {type(error).__name__}"))
    _end_by(look_s, kind or "", clock)
    _say(probe_in_thread(config, clock=clock, kind=kind, look_s=look_s))
    return 0


def _end_by(look_s: float, kind: str, clock: Clock) -> None:
    """Have the process end in time, even if native code never comes back."""
    most_s = HARD_LIMIT_S + look_s
    # The kernel ends the process, should not even the thread below get its turn.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(int(most_s) + _LAST_RESORT_S)

    def end_in_thread() -> None:
        clock.wait_in_thread(threading.Event(), most_s)
        _say(_failed(kind, Cause.TIMED_OUT, "the probe hung"))

    threading.Thread(target=end_in_thread, name="probe end", daemon=True).start()


_saying = threading.Lock()


def _failed(kind: str, cause: Cause, detail: str) -> ProbeReport:
    return ProbeReport(kind, cause, SENTENCES[cause], detail)


def _say(report: ProbeReport) -> NoReturn:
    """Write the answer and end the process; whoever comes second waits for that end."""
    _saying.acquire()
    sys.stdout.write(json.dumps(wire(report)))
    sys.stdout.flush()
    # A thread stuck in a camera's library would hold up a normal exit for ever.
    os._exit(0)


def _say_what_broke(kind: type[BaseException], *_: object) -> None:
    """Take the place of the traceback, which could repeat what we were told."""
    _say(_failed("", Cause.BROKEN, f"an error in the probe: {kind.__name__}"))


if __name__ == "__main__":
    run(SystemClock())
