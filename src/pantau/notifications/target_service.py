"""Targets as people manage them; admins only, because an address makes this machine call it."""

import asyncio
import secrets
from collections.abc import Sequence
from typing import Final

from pantau.accounts.users.asker import Asker
from pantau.audit.events import Action
from pantau.audit.trail import AuditTrail
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Invalid, NotFound
from pantau.core.sealing import Sealer
from pantau.db.database import Database, Reading, Writing
from pantau.notifications import outbox_rows, repository
from pantau.notifications.addresses import Address
from pantau.notifications.channel import check_address
from pantau.notifications.inputs import TargetInput, TargetUpdate
from pantau.notifications.rows import ADDRESS_PURPOSE
from pantau.notifications.values import Form, Purpose, Target
from pantau.ui.i18n import Language

MOST_TARGETS: Final = 50


class Targets:
    """Loop only."""

    def __init__(
        self, database: Database, *, sealer: Sealer, trail: AuditTrail, clock: Clock
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._trail = trail
        self._clock = clock

    async def all(self) -> Sequence[Target]:
        """Return all targets."""
        async with self._database.read() as reading:
            return await repository.targets(reading)

    async def add(self, given: TargetInput, *, by: Asker) -> Target:
        """Add a target; raises Invalid naming what is wrong with its address."""
        address = await checked_address(given.to.as_address())
        async with self._database.write() as writing:
            target = await self.put_new(
                writing, address, name=given.name, language=given.language, enabled=given.enabled
            )
            await self._trail.record(
                writing,
                by.actor,
                Action.CREATE_ALERT_TARGET,
                target=named(target),
                after=told(target),
            )
        return target

    async def change(self, target_id: int, given: TargetUpdate, *, by: Asker) -> Target:
        """Change what was given; raises NotFound, and Invalid like `add`."""
        address = None if given.to is None else await checked_address(given.to.as_address())
        async with self._database.write() as writing:
            before = await found(writing, target_id)
            values: dict[str, object] = {
                name: getattr(given, name)
                for name in ("name", "language", "enabled")
                if getattr(given, name) is not None
            }
            if address is not None:
                values |= self.sealed(address, before.key)
            if values:
                await repository.change_target(writing, target_id, values)
            after = await found(writing, target_id)
            if values:
                await self._trail.record(
                    writing,
                    by.actor,
                    Action.UPDATE_ALERT_TARGET,
                    target=named(before),
                    before=told(before),
                    after=told(after) | ({} if address is None else {"address": "changed"}),
                )
        return after

    async def delete(self, target_id: int, *, by: Asker) -> None:
        """Delete a target with what waits for it; raises Conflict while a rule names it."""
        async with self._database.write() as writing:
            target = await found(writing, target_id)
            for rule in await repository.rules(writing):
                # A rule that is left without targets would go to all of them.
                if target_id in rule.target_ids:
                    raise Conflict(
                        "alerts.target_in_use",
                        "A rule sends there. Take the target out of the rule first.",
                        rule=rule.name,
                    )
            await outbox_rows.forget_target(writing, target_id)
            await repository.delete_target(writing, target_id)
            await self._trail.record(
                writing,
                by.actor,
                Action.DELETE_ALERT_TARGET,
                target=named(target),
                before=told(target),
            )

    async def put_new(
        self,
        writing: Writing,
        address: Address,
        *,
        name: str,
        language: Language = "id",
        enabled: bool = True,
        purpose: Purpose = "",
    ) -> Target:
        """Add a row; the trail is the caller's."""
        if len(await repository.targets(writing)) >= MOST_TARGETS:
            raise Conflict("alerts.too_many_targets", "There are 50 targets, which is the most.")
        key = secrets.token_hex(16)
        number = await repository.add_target(
            writing,
            {
                "key": key,
                "name": name,
                "language": language,
                "enabled": enabled,
                "purpose": purpose,
                "created_at": self._clock.now(),
                **self.sealed(address, key),
            },
        )
        return await found(writing, number)

    def sealed(self, address: Address, key: str) -> dict[str, object]:
        """Return the columns that hold an address."""
        return {
            "form": address.form.value,
            "schema": address.schema,
            "shown": address.shown[:200],
            "sealed": self._sealer.seal(address.whole, ADDRESS_PURPOSE, key),
        }


async def checked_address(address: Address) -> Address:
    """Return it if Apprise understands it, for what somebody wrote by hand; raises Invalid."""
    if address.form is Form.OTHER:
        await asyncio.to_thread(check_address, address.whole)
    return address


async def found(reading: Reading, target_id: int) -> Target:
    """Return a target; raises NotFound."""
    for target in await repository.targets(reading):
        if target.id == target_id:
            return target
    raise NotFound("alerts.no_such_target", "There is no such target.")


def named(target: Target) -> str:
    """Return what the trail calls it."""
    return f"alert target {target.id} ({target.name})"


def told(target: Target) -> dict[str, object]:
    """Return what the trail may know of it: no address."""
    return {
        "name": target.name,
        "form": target.form.value,
        "language": target.language,
        "enabled": target.enabled,
    }


def check_targets(known: Sequence[Target], wanted: frozenset[int]) -> None:
    """Raise Invalid where a target is named that there is not."""
    if wanted - {target.id for target in known}:
        raise Invalid("alerts.no_such_target", "There is no such target.", field="target_ids")
