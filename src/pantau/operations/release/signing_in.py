"""Whether people can still sign in who could before.

Programs that guess fail on every hub and at any time: what they do is left out.  Only failures
from devices count that had signed in before, and only where nobody at all gets in any more.
"""

from typing import Final

from pantau.operations.release.evidence import Evidence, Stretch
from pantau.operations.release.verdict import Row, back, missed, ok, say, unknown

_LEAST_FAILED: Final = 5
_LEAST_EXPECTED: Final = 3.0
"""So many would have got in as before: with fewer it may be one person who forgot a password."""


def sign_in_row(evidence: Evidence, before: Stretch | None) -> Row:
    """Return the row about signing in."""
    target, found = say("sign_ins.target"), evidence.measured.sign_ins
    if found is None or before is None or before.sign_ins is None:
        return unknown("sign_ins", target, say("sign_ins.no_word"))
    told = say("sign_ins.told", succeeded=found.succeeded, failed=found.known_failed)
    if found.succeeded:
        return ok("sign_ins", target, told)
    if found.known_failed < _LEAST_FAILED or not before.sign_ins.succeeded:
        return unknown("sign_ins", target, told)
    if _expected(evidence.measured, before) >= _LEAST_EXPECTED:
        return back("sign_ins", target, told, say("sign_ins.back"))
    return missed("sign_ins", target, told, say("sign_ins.look"))


def _expected(now: Stretch, before: Stretch) -> float:
    if before.sign_ins is None or before.duration_s <= 0:
        return 0.0
    return before.sign_ins.succeeded * now.duration_s / before.duration_s
