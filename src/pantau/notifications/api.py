"""`/api/admin/alerts`: targets, rules, maintenance, the outbox.  For admins; never for API keys."""

from typing import Annotated, Final

from fastapi import Depends, Request

from pantau.accounts.client import client_of
from pantau.accounts.users.asker import Asker, asker
from pantau.notifications.alerts import Alerts
from pantau.notifications.inputs import (
    DrillInput,
    MaintenanceInput,
    RuleInput,
    TargetInput,
    TargetUpdate,
    WindowsInput,
)
from pantau.notifications.schemas import (
    BehaviourOutput,
    DrillOutput,
    MaintenanceOutput,
    MessageOutput,
    OutboxOutput,
    RuleOutput,
    TargetOutput,
    behaviour_output,
    drill_output,
    maintenance_output,
    message_output,
    outbox_output,
    rule_output,
    target_output,
)
from pantau.notifications.values import MessageState
from pantau.web.access import admins
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, Done, RowNumber, Saved, refusals
from pantau.web.principal import Principal

_READ: Final = refusals(400, 401, 403, 429)
_ONE: Final = refusals(400, 401, 403, 404, 429)
_ADD: Final = refusals(400, 401, 403, 409, 429)
_WRITE: Final = refusals(400, 401, 403, 404, 409, 429)

_Who = Annotated[Principal, Depends(current_principal)]


class AlertApi:
    """The endpoints of alerts; include `endpoints.router`."""

    def __init__(self, alerts: Alerts, clients: ClientAddresses) -> None:
        self._alerts = alerts
        self._clients = clients
        self.endpoints: Final = Endpoints("/api/admin/alerts", tag="alerts")
        self._declare()

    def _declare(self) -> None:
        add, own = self.endpoints, admins()
        add.get("/targets", access=own, responses=_READ)(self.targets)
        add.post("/targets", access=own, status_code=201, responses=_ADD)(self.add_target)
        add.patch("/targets/{target_id}", access=own, responses=_WRITE)(self.change_target)
        add.delete("/targets/{target_id}", access=own, responses=_WRITE)(self.delete_target)
        add.get("/rules", access=own, responses=_READ)(self.rules)
        add.post("/rules", access=own, status_code=201, responses=_ADD)(self.add_rule)
        add.put("/rules/{rule_id}", access=own, responses=_WRITE)(self.put_rule)
        add.delete("/rules/{rule_id}", access=own, responses=_ONE)(self.delete_rule)
        add.get("/settings", access=own, responses=_READ)(self.settings)
        add.put("/settings", access=own, responses=_READ)(self.put_settings)
        add.get("/maintenance", access=own, responses=_READ)(self.maintenance)
        add.post("/maintenance", access=own, status_code=201, responses=_ADD)(
            self.begin_maintenance
        )
        add.post("/maintenance/{number}/end", access=own, responses=_ONE)(self.end_maintenance)
        add.get("/outbox", access=own, responses=_READ)(self.outbox)
        add.post("/outbox/{message_id}/retry", access=own, responses=_WRITE)(self.retry)
        add.post("/drill", access=own, responses=_WRITE)(self.drill)

    async def targets(self) -> Answer[list[TargetOutput]]:
        """List the targets; addresses are never shown again."""
        return Answer(data=[target_output(each) for each in await self._alerts.targets.all()])

    async def add_target(
        self, body: TargetInput, who: _Who, request: Request
    ) -> Saved[TargetOutput]:
        """Add a target."""
        target = await self._alerts.targets.add(body, by=self._by(who, request))
        return Saved(message="The target was added.", data=target_output(target))

    async def change_target(
        self, target_id: RowNumber, body: TargetUpdate, who: _Who, request: Request
    ) -> Saved[TargetOutput]:
        """Change any fields of a target; an address that is left out stays."""
        target = await self._alerts.targets.change(target_id, body, by=self._by(who, request))
        return Saved(message="The target was saved.", data=target_output(target))

    async def delete_target(self, target_id: RowNumber, who: _Who, request: Request) -> Done:
        """Delete a target that no rule names, with what waits for it."""
        await self._alerts.targets.delete(target_id, by=self._by(who, request))
        return Done(message="The target was deleted.")

    async def rules(self) -> Answer[list[RuleOutput]]:
        """List the rules, each with the number of cameras it is about."""
        return Answer(data=[rule_output(each) for each in await self._alerts.rules.all()])

    async def add_rule(self, body: RuleInput, who: _Who, request: Request) -> Saved[RuleOutput]:
        """Add a rule."""
        rule = await self._alerts.rules.add(body, by=self._by(who, request))
        return Saved(message="The rule was added.", data=rule_output(rule))

    async def put_rule(
        self, rule_id: RowNumber, body: RuleInput, who: _Who, request: Request
    ) -> Saved[RuleOutput]:
        """Replace a rule; fields that are left out get their defaults."""
        rule = await self._alerts.rules.put(rule_id, body, by=self._by(who, request))
        return Saved(message="The rule was saved.", data=rule_output(rule))

    async def delete_rule(self, rule_id: RowNumber, who: _Who, request: Request) -> Done:
        """Delete a rule."""
        await self._alerts.rules.delete(rule_id, by=self._by(who, request))
        return Done(message="The rule was deleted.")

    async def settings(self) -> Answer[BehaviourOutput]:
        """Show how alerts behave where a rule says nothing else."""
        return Answer(data=behaviour_output(await self._alerts.rules.behaviour()))

    async def put_settings(
        self, body: WindowsInput, who: _Who, request: Request
    ) -> Saved[BehaviourOutput]:
        """Replace it; fields that are left out get their defaults."""
        done = await self._alerts.rules.set_behaviour(body, by=self._by(who, request))
        return Saved(message="The settings were saved.", data=behaviour_output(done))

    async def maintenance(self) -> Answer[list[MaintenanceOutput]]:
        """List maintenance that is on."""
        every = await self._alerts.rules.maintenance()
        return Answer(data=[maintenance_output(each) for each in every])

    async def begin_maintenance(
        self, body: MaintenanceInput, who: _Who, request: Request
    ) -> Saved[MaintenanceOutput]:
        """Have nothing be told of something for a while."""
        one = await self._alerts.rules.begin_maintenance(body, by=self._by(who, request))
        return Saved(message="Maintenance has begun.", data=maintenance_output(one))

    async def end_maintenance(self, number: RowNumber, who: _Who, request: Request) -> Done:
        """End maintenance; what is still down is told."""
        await self._alerts.rules.end_maintenance(number, by=self._by(who, request))
        return Done(message="Maintenance has ended.")

    async def outbox(self, state: MessageState | None = None) -> Answer[OutboxOutput]:
        """Show the newest messages, or those of one state."""
        counts = await self._alerts.outbox.counts()
        messages = await self._alerts.outbox.messages(state=state)
        return Answer(data=outbox_output(counts, messages))

    async def retry(
        self, message_id: RowNumber, who: _Who, request: Request
    ) -> Saved[MessageOutput]:
        """Try a message again that did not arrive."""
        message = await self._alerts.outbox.retry(message_id, by=self._by(who, request))
        return Saved(message="The message will be tried again.", data=message_output(message))

    async def drill(
        self, body: DrillInput, who: _Who, request: Request
    ) -> Saved[list[DrillOutput]]:
        """Really send a marked message to a target, or to all of a rule; tell what became of it."""
        done = await self._alerts.outbox.drill(body, by=self._by(who, request))
        sent = sum(each.state is MessageState.SENT for each in done)
        return Saved(
            message=f"{sent} of {len(done)} messages arrived.",
            data=[drill_output(each) for each in done],
        )

    def _by(self, who: Principal, request: Request) -> Asker:
        return asker(who, client_of(request.scope, self._clients))
