"""What `pantau doctor` says of the trail tells what is wrong and what to do."""

import pytest

from pantau.audit.verification import Verifier
from pantau.db.database import Database
from pantau.operations.trail_check import check_trail
from tests.audit.trails import KEY, break_in, record, trail_on

pytestmark = pytest.mark.anyio


async def test_whole_trail_is_fine(database: Database) -> None:
    await record(trail_on(database), database)
    finding = check_trail(await Verifier(database, key=KEY).verify())
    assert (finding.ok, finding.message) == (True, "1 entries, every one as written")


async def test_broken_trail_names_the_entry_and_what_to_do(database: Database) -> None:
    for _ in range(3):
        await record(trail_on(database), database)
    await break_in(database, "UPDATE audit_entries SET target = 'x' WHERE id = 2")
    finding = check_trail(await Verifier(database, key=KEY).verify())
    assert not finding.ok
    assert "Entry 2 was changed" in finding.message
    assert "evidence" in finding.fix


def test_trail_that_cannot_be_read_is_no_whole_trail() -> None:
    assert not check_trail(None).ok
