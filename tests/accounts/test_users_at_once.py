"""Changes of users that arrive at the same moment, in two processes."""

import asyncio
from collections.abc import Mapping

import pytest

from pantau.accounts.users.asker import AT_THE_CONSOLE
from pantau.accounts.users.service import Users
from pantau.accounts.users.values import UserChange
from pantau.audit.actors import Actor
from pantau.audit.events import Name
from pantau.audit.trail import AuditTrail
from pantau.core.errors import Invalid
from pantau.db.database import Database, Writing
from pantau.db.place import Place
from tests.accounts.house import House, house_on
from tests.audit.trails import KEY
from tests.support.clock import HandWoundClock
from tests.support.database import opened

pytestmark = pytest.mark.anyio

_PATIENCE_S = 0.4


class Meeting(AuditTrail):
    """Keeps transactions open until another one has got as far, or evidently waits for this one."""

    def __init__(self, database: Database, met: asyncio.Barrier) -> None:
        super().__init__(database, key=KEY, clock=HandWoundClock())
        self._met = met

    async def record(
        self,
        work: Writing,
        actor: Actor,
        name: Name,
        *,
        target: str = "",
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._met.wait()
        except (TimeoutError, asyncio.BrokenBarrierError):
            pass
        await super().record(work, actor, name, target=target, before=before, after=after)


def meeting(house: House, met: asyncio.Barrier) -> Users:
    return Users(
        house.database,
        sign_ins=house.parts.sign_ins,
        hasher=house.parts.hasher,
        expiry=house.parts.expiry,
        trail=Meeting(house.database, met),
        clock=house.clock,
    )


async def _go(users: Users, user_id: int, how: str) -> None:
    if how == "deleted":
        await users.remove(user_id, by=AT_THE_CONSOLE)
    elif how == "demoted":
        await users.change(user_id, UserChange(role="viewer"), by=AT_THE_CONSOLE)
    else:
        await users.change(user_id, UserChange(is_disabled=True), by=AT_THE_CONSOLE)


@pytest.mark.parametrize("how", ["demoted", "disabled", "deleted"])
async def test_defect_20_of_two_admins_one_is_left_when_both_go_at_once(
    database_place: Place, how: str
) -> None:
    async with opened(database_place) as here, opened(database_place) as there:
        houses, met = (house_on(here), house_on(there)), asyncio.Barrier(2)
        admins = [await houses[0].add(name, "admin") for name in ("first", "second")]
        work = [
            _go(meeting(house, met), admin.id, how)
            for house, admin in zip(houses, admins, strict=True)
        ]
        ended = await asyncio.gather(*work, return_exceptions=True)
        left = [
            user
            for user in await houses[0].users.all()
            if user.role == "admin" and not user.is_disabled
        ]

    refused = [result for result in ended if isinstance(result, BaseException)]
    assert [type(error) for error in refused] == [Invalid]
    assert len(left) == 1


async def test_changes_of_different_fields_at_once_are_both_kept(database_place: Place) -> None:
    async with opened(database_place) as here, opened(database_place) as there:
        houses, met = (house_on(here), house_on(there)), asyncio.Barrier(2)
        ours, theirs = (meeting(house, met) for house in houses)
        budi = await houses[0].add("budi")
        await asyncio.gather(
            ours.change(budi.id, UserChange(role="operator"), by=AT_THE_CONSOLE),
            theirs.change(budi.id, UserChange(username="tono"), by=AT_THE_CONSOLE),
        )
        after = await houses[0].users.one(budi.id)

    assert (after.username, after.role) == ("tono", "operator")
