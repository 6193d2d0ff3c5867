"""`/api/admin/telegram`: the reference's settings of Telegram, over targets and rules."""

from typing import Annotated, Final

from fastapi import Depends, Request

from pantau.accounts.client import client_of
from pantau.accounts.users.asker import Asker, asker
from pantau.core.errors import Invalid, Unavailable
from pantau.notifications.alerts import Alerts
from pantau.notifications.inputs import DrillInput, TelegramConfigInput, TelegramTestInput
from pantau.notifications.schemas import TelegramStatus, telegram_output
from pantau.notifications.values import MessageState
from pantau.web.access import admins
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, Done, Saved, refusals
from pantau.web.principal import Principal

_READ: Final = refusals(400, 401, 403, 429)
_WRITE: Final = refusals(400, 401, 403, 409, 429)
_TEST: Final = refusals(400, 401, 403, 429, 503)

_Who = Annotated[Principal, Depends(current_principal)]


class TelegramApi:
    """The endpoints; include `endpoints.router`."""

    def __init__(self, alerts: Alerts, clients: ClientAddresses) -> None:
        self._alerts = alerts
        self._clients = clients
        self.endpoints: Final = Endpoints("/api/admin/telegram", tag="alerts")
        add, own = self.endpoints, admins()
        add.get("/status", access=own, responses=_READ)(self.status)
        add.put("/config", access=own, responses=_WRITE)(self.configure)
        add.post("/test", access=own, responses=_TEST)(self.test)

    async def status(self) -> Answer[TelegramStatus]:
        """Show what is configured; the token is told to nobody."""
        return Answer(data=telegram_output(await self._alerts.telegram.state()))

    async def configure(
        self, body: TelegramConfigInput, who: _Who, request: Request
    ) -> Saved[TelegramStatus]:
        """Configure bot and chats; an empty or masked token keeps the one there is."""
        state = await self._alerts.telegram.put(body, by=self._by(who, request))
        return Saved(message="Konfigurasi Telegram disimpan.", data=telegram_output(state))

    async def test(
        self, who: _Who, request: Request, body: TelegramTestInput | None = None
    ) -> Done:
        """Really send a message to one of the chats."""
        chat = (body or TelegramTestInput()).type
        target_id = await self._alerts.telegram.target_id(chat)
        if target_id is None:
            raise Invalid("alerts.telegram_missing", "Telegram belum dikonfigurasi.", field="type")
        given = DrillInput(target_id=target_id)
        (done,) = await self._alerts.outbox.drill(given, by=self._by(who, request))
        if done.state is MessageState.SENT:
            return Done(message="Pesan percobaan terkirim.")
        if done.state is MessageState.WAITING:
            raise Unavailable(
                "alerts.worker_silent", "Pesan belum terkirim: pekerja belum menjawab."
            )
        raise Unavailable("alerts.not_sent", f"Pesan gagal terkirim: {done.reason}")

    def _by(self, who: Principal, request: Request) -> Asker:
        return asker(who, client_of(request.scope, self._clients))
