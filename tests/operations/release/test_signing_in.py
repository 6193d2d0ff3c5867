"""Whether people can still sign in, whatever programs guess."""

import pytest

from pantau.operations.release.evidence import SignIns
from pantau.operations.release.verdict import Action, Status
from tests.operations.release.found import baseline, evidence, measured, row, verdict


@pytest.mark.parametrize(
    ("now", "before", "action", "status"),
    [
        ((0, 5), (8_640, 40), Action.ROLL_BACK, Status.MISSED),
        ((1, 500), (8_640, 40), Action.KEEP, Status.OK),
        # Programs guess, and nobody else comes.
        ((0, 0), (8_640, 40), Action.KEEP, Status.UNKNOWN),
        ((0, 4), (8_640, 40), Action.KEEP, Status.UNKNOWN),
        # So few sign in here that it may be one who forgot a password.
        ((0, 9), (60, 0), Action.MONITOR, Status.MISSED),
        ((0, 9), (0, 40), Action.KEEP, Status.UNKNOWN),
    ],
    ids=["nobody gets in", "some do", "nobody tries", "too few", "few people", "nobody did before"],
)
def test_a_release_that_lets_nobody_in_any_more_is_taken_back(
    now: tuple[int, int], before: tuple[int, int], action: Action, status: Status
) -> None:
    found = measured(sign_ins=SignIns(succeeded=now[0], known_failed=now[1]))
    then = baseline(sign_ins=SignIns(succeeded=before[0], known_failed=before[1]))
    told = row(verdict(found, then), "sign_ins")
    assert (told.action, told.status) == (action, status)


def test_of_a_release_that_did_not_tell_nothing_is_known() -> None:
    told = row(verdict(evidence(), baseline(sign_ins=None)), "sign_ins")
    assert (told.action, told.status) == (Action.KEEP, Status.UNKNOWN)
