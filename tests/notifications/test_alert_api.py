"""Targets, rules, maintenance, the outbox and Telegram as in the reference, over the API."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

import pytest

from pantau.audit.reading import AuditReader
from pantau.audit.repository import Search
from pantau.core.sealing import Sealer
from pantau.core.supervisor import Service, Supervisor
from pantau.db.database import Database
from pantau.notifications import repository
from pantau.notifications.alerts import Alerts
from pantau.notifications.api import AlertApi
from pantau.notifications.channel import Outcome
from pantau.notifications.composing import Composer
from pantau.notifications.outbox_service import Outbox
from pantau.notifications.rows import ADDRESS_PURPOSE
from pantau.notifications.rule_service import Rules
from pantau.notifications.target_service import Targets
from pantau.notifications.telegram_api import TelegramApi
from pantau.notifications.telegram_config import TelegramConfig
from pantau.ui.i18n import Texts, languages
from pantau.web.client_address import ClientAddresses
from pantau.web.principal import Principal
from tests.accounts.asking import ADMIN, Answer, Asking
from tests.audit.trails import trail_on
from tests.notifications.alarm_house import AlarmHouse, wall
from tests.notifications.services import TOKEN

pytestmark = pytest.mark.anyio

OPERATOR = Principal(kind="session", user_id=2, username="siti", role="operator", session_id=2)
KEY = Principal(kind="api_key", key_id=1, scopes=frozenset({"site:write"}))
ALERTS = "/api/admin/alerts"
TELEGRAM = "/api/admin/telegram"
HOOK = {"form": "webhook", "url": "https://user:geheim@hooks.example/x?token=geheim"}


class Desk(AlarmHouse):
    """The same hub with the API of its web process."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        super().__init__(database, sealer, cameras=wall(4))
        trail = trail_on(database, self.clock)
        targets = Targets(database, sealer=sealer, trail=trail, clock=self.clock)
        self.alerts = Alerts(
            targets=targets,
            rules=Rules(database, catalogue=self.catalogue, trail=trail, clock=self.clock),
            outbox=Outbox(
                database,
                composer=Composer(
                    hub=lambda: "Hub", texts={each: Texts(each) for each in languages()}
                ),
                zone=lambda: ZoneInfo("Asia/Jakarta"),
                trail=trail,
                clock=self.clock,
            ),
            telegram=TelegramConfig(
                database, targets=targets, sealer=sealer, trail=trail, clock=self.clock
            ),
        )
        clients = ClientAddresses()
        self.asking = Asking(
            [AlertApi(self.alerts, clients).endpoints, TelegramApi(self.alerts, clients).endpoints]
        )

    async def add(self, path: str, body: object) -> Answer:
        return await self.asking.post(f"{ALERTS}/{path}", body)

    async def addresses(self) -> dict[str, str]:
        async with self.database.read() as reading:
            targets = await repository.targets(reading)
        return {
            each.name: self.sealer.open(each.sealed, ADDRESS_PURPOSE, each.key) for each in targets
        }

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Have a worker deliver."""
        supervisor = Supervisor(self.clock)
        supervisor.add(Service("deliver", self.deliverer.run))
        try:
            yield
        finally:
            await supervisor.stop(deadline_s=10)


@pytest.fixture
def desk(sqlite_database: Database, sealer: Sealer) -> Desk:
    return Desk(sqlite_database, sealer)


async def test_an_address_is_sealed_and_never_told_again(
    database: Database, sealer: Sealer
) -> None:
    desk = Desk(database, sealer)
    added = await desk.add("targets", {"name": "Hook", "to": HOOK})
    assert added.status == 201
    assert added.data["shown"] == "https://hooks.example/…"
    listed = await desk.asking.get(f"{ALERTS}/targets")
    trail = await AuditReader(database).page(Search(), limit=50)
    for told in (added.body, listed.body, repr(trail).encode(), repr(desk.alerts).encode()):
        assert b"geheim" not in told
    assert await desk.addresses() == {"Hook": "jsons://user:geheim@hooks.example/x?token=geheim"}
    number = added.data["id"]
    changed = await desk.asking.ask(
        "PATCH", f"{ALERTS}/targets/{number}", {"name": "Other", "enabled": False}, who=ADMIN
    )
    assert (changed.data["name"], changed.data["enabled"]) == ("Other", False)
    assert (await desk.addresses())["Other"].startswith("jsons://user:geheim@")


NO_ADDRESSES: tuple[tuple[dict[str, str], str], ...] = (
    ({"form": "telegram", "bot_token": "nope", "chat": "1"}, "bot_token"),
    ({"form": "telegram", "bot_token": TOKEN, "chat": "1/../2"}, "chat"),
    ({"form": "telegram", "bot_token": TOKEN, "chat": "٣"}, "chat"),
    ({"form": "email", "to": "a@b.c\nbcc: x@y.z", "server": "smtp.example"}, "to"),
    ({"form": "email", "to": "a@b.example", "server": "smtp.example/x"}, "server"),
    ({"form": "ntfy", "topic": "a/b"}, "topic"),
    ({"form": "ntfy", "topic": "ok", "server": "gopher://x"}, "server"),
    ({"form": "webhook", "url": "file:///etc/passwd"}, "url"),
    ({"form": "webhook", "url": "https://x.example/?a=file:///etc/passwd"}, "url"),
    ({"form": "webhook", "url": "http://[::1"}, "url"),
    ({"form": "other", "address": "file:///etc/passwd"}, "address"),
    ({"form": "other", "address": "syslog://"}, "address"),
    ({"form": "other", "address": "dbus://"}, "address"),
    ({"form": "other", "address": f"tgram://{TOKEN}/1?template=/etc/passwd"}, "address"),
    ({"form": "other", "address": "mailto://a:b@c.example?PGPKEY=/etc/passwd"}, "address"),
    ({"form": "other", "address": "discord://short"}, "address"),
    ({"form": "other", "address": "json://a\x00b"}, "address"),
    ({"form": "other", "address": "json://\ud800"}, "address"),
)


async def test_an_address_that_is_none_or_reads_files_is_refused(desk: Desk) -> None:
    for to, field in NO_ADDRESSES:
        answer = await desk.add("targets", {"name": "X", "to": to})
        assert answer.status == 400, to
        assert any(each.split(".")[-1] == field for each in answer.fields), answer.json
        assert await desk.addresses() == {}, to


BAD_INPUT: tuple[tuple[str, dict[str, object]], ...] = (
    ("rules", {"name": ""}),
    ("rules", {"name": "x", "kinds": ["camera_gone"]}),
    ("rules", {"name": "x", "target_ids": [7]}),
    ("rules", {"name": "x", "camera_ids": [99]}),
    ("rules", {"name": "x", "area_ids": [99]}),
    ("rules", {"name": "x", "area_ids": [2**80]}),
    ("rules", {"name": "x", "down_after_s": 5}),
    ("rules", {"name": "x", "down_after_s": 1e9}),
    ("rules", {"name": "x", "quiet": {"from_min": 1440, "until_min": 0}}),
    ("rules", {"name": "x\x00"}),
    ("rules", {"name": "x", "colour": "red"}),
    ("maintenance", {"scope": "hub", "minutes": 0}),
    ("maintenance", {"scope": "camera", "subject_id": 99, "minutes": 60}),
    ("maintenance", {"scope": "area", "minutes": 60}),
    ("drill", {}),
    ("drill", {"target_id": 1, "rule_id": 1}),
)


async def test_bad_input_names_its_field_and_changes_nothing(desk: Desk) -> None:
    for path, body in BAD_INPUT:
        answer = await desk.add(path, body)
        assert answer.status == 400, (path, body)
        assert answer.fields, (path, body)
    assert (await desk.asking.get(f"{ALERTS}/rules")).data == []
    assert (await desk.asking.get(f"{ALERTS}/maintenance")).data == []


async def test_only_admins_may_see_or_change_anything(desk: Desk) -> None:
    for who in (OPERATOR, KEY):
        for path in (f"{ALERTS}/targets", f"{ALERTS}/rules", f"{TELEGRAM}/status"):
            assert (await desk.asking.get(path, who)).status == 403


async def test_every_field_of_a_rule_comes_back_with_how_many_cameras_it_is_about(
    database: Database, sealer: Sealer
) -> None:
    desk = Desk(database, sealer)
    target = (await desk.add("targets", {"name": "Hook", "to": HOOK})).data["id"]
    body = {
        "name": "Night",
        "enabled": False,
        "kinds": ["camera", "recorder"],
        "area_ids": [],
        "camera_ids": [1, 3],
        "target_ids": [target],
        "tells_recovery": False,
        "quiet": {"from_min": 1320, "until_min": 360},
        "critical_passes": False,
        "down_after_s": 300,
        "up_after_s": 30,
    }
    added = await desk.add("rules", body)
    assert added.status == 201
    assert added.data == body | {"id": added.data["id"], "cameras": 2}
    (listed,) = (await desk.asking.get(f"{ALERTS}/rules")).data
    assert listed == added.data
    number = added.data["id"]
    replaced = await desk.asking.put(f"{ALERTS}/rules/{number}", {"name": "All"})
    assert (replaced.data["cameras"], replaced.data["quiet"], replaced.data["enabled"]) == (
        4,
        None,
        True,
    )
    # A rule without targets goes to all of them: its last one is not taken from it unasked.
    await desk.asking.put(f"{ALERTS}/rules/{number}", {"name": "All", "target_ids": [target]})
    assert (await desk.asking.delete(f"{ALERTS}/targets/{target}")).status == 409
    assert (await desk.asking.delete(f"{ALERTS}/rules/{number}")).status == 200
    assert (await desk.asking.delete(f"{ALERTS}/targets/{target}")).status == 200
    assert (await desk.asking.delete(f"{ALERTS}/targets/{target}")).status == 404


async def test_settings_and_muted_cameras_come_back_and_count(desk: Desk) -> None:
    body = {
        "down_after_s": 10,
        "up_after_s": 1800,
        "gather_s": 0,
        "fleet_percent": 80,
        "remind_hours": 6,
        "muted_camera_ids": [2],
    }
    saved = await desk.asking.put(f"{ALERTS}/settings", body)
    assert saved.data == body
    assert (await desk.asking.get(f"{ALERTS}/settings")).data == body
    await desk.add("rules", {"name": "All"})
    assert [each["cameras"] for each in (await desk.asking.get(f"{ALERTS}/rules")).data] == [3]


async def test_maintenance_begins_and_ends(desk: Desk) -> None:
    begun = await desk.add(
        "maintenance", {"scope": "camera", "subject_id": 2, "minutes": 60, "reason": "ladder"}
    )
    assert begun.status == 201
    (one,) = (await desk.asking.get(f"{ALERTS}/maintenance")).data
    assert (one["scope"], one["subject_id"], one["reason"]) == ("camera", 2, "ladder")
    path = f"{ALERTS}/maintenance/{one['id']}/end"
    assert (await desk.asking.post(path, None)).status == 200
    assert (await desk.asking.get(f"{ALERTS}/maintenance")).data == []
    assert (await desk.asking.post(path, None)).status == 404


async def test_a_drill_is_really_sent_and_its_outcome_told(desk: Desk) -> None:
    await desk.add_target("json://127.0.0.1/a", name="A")
    rule = (await desk.add("rules", {"name": "All"})).data["id"]
    desk.channel.answers = [Outcome(is_sent=False, reason="Forbidden, error=403", is_final=True)]
    async with desk.at_work():
        refused = await desk.add("drill", {"rule_id": rule})
        arrived = await desk.add("drill", {"rule_id": rule})
    assert [(each["state"], each["reason"]) for each in refused.data] == [
        ("dead", "Forbidden, error=403")
    ]
    assert [each["state"] for each in arrived.data] == ["sent"]
    ((_, words),) = desk.channel.arrived
    assert "DRILL" in words.title
    assert "Rule: All" in words.text


async def test_a_dead_letter_is_tried_again_when_somebody_says_so(desk: Desk) -> None:
    await desk.add_target()
    await desk.add_rule()
    await desk.up(1)
    await desk.clock.advance(1)
    await desk.tick()
    desk.channel.answers = [Outcome(is_sent=False, reason="error=403", is_final=True)]
    await desk.down(1)
    await desk.pass_s(300)
    outbox = (await desk.asking.get(f"{ALERTS}/outbox", ADMIN, "state=dead")).data
    assert (outbox["dead"], outbox["messages"][0]["fault"]) == (1, "error=403")
    path = f"{ALERTS}/outbox/{outbox['messages'][0]['id']}/retry"
    assert (await desk.asking.post(path, None)).status == 200
    await desk.tick()
    assert desk.titles() == ["Camera down: Gate 1"]
    assert (await desk.asking.post(path, None)).status == 409


async def test_telegram_as_the_reference_has_it(database: Database, sealer: Sealer) -> None:
    desk = Desk(database, sealer)
    empty = (await desk.asking.get(f"{TELEGRAM}/status")).data
    assert empty == {
        "enabled": False,
        "monitoringConfigured": False,
        "feedbackConfigured": False,
        "botToken": "",
        "monitoringChatId": "",
        "feedbackChatId": "",
    }
    body = {"botToken": TOKEN, "monitoringChatId": "-1001", "feedbackChatId": "-1002"}
    saved = await desk.asking.put(f"{TELEGRAM}/config", body)
    assert saved.status == 200
    status = (await desk.asking.get(f"{TELEGRAM}/status")).data
    assert status == {
        "enabled": True,
        "monitoringConfigured": True,
        "feedbackConfigured": True,
        "botToken": "***...",
        "monitoringChatId": "-1001",
        "feedbackChatId": "-1002",
    }
    # What the settings page shows is what it sends back: the token must survive that.
    for token in (status["botToken"], "", f"{TOKEN[:10]}..."):
        again = {**body, "botToken": token, "feedbackChatId": "-1003"}
        assert (await desk.asking.put(f"{TELEGRAM}/config", again)).status == 200
    assert set((await desk.addresses()).values()) == {
        f"tgram://{TOKEN}/-1001/",
        f"tgram://{TOKEN}/-1003/",
    }
    rules = {rule["name"]: rule for rule in (await desk.asking.get(f"{ALERTS}/rules")).data}
    assert rules["Telegram: feedback"]["kinds"] == ["feedback", "take_down"]
    assert "camera" in rules["Telegram: monitoring"]["kinds"]
    gone = {"botToken": "***...", "monitoringChatId": "-1001", "feedbackChatId": ""}
    assert (await desk.asking.put(f"{TELEGRAM}/config", gone)).status == 200
    assert list((await desk.addresses()).values()) == [f"tgram://{TOKEN}/-1001/"]
    trail = repr(await AuditReader(database).page(Search(), limit=50))
    assert "telegram_config_updated" in trail
    assert TOKEN not in trail


NO_TELEGRAM: tuple[tuple[dict[str, str], str], ...] = (
    ({"botToken": "", "monitoringChatId": "-1"}, "botToken"),
    ({"botToken": "***...", "monitoringChatId": "-1"}, "botToken"),
    ({"botToken": TOKEN, "monitoringChatId": "x y"}, "monitoringChatId"),
    ({"botToken": TOKEN, "feedbackChatId": "x y"}, "feedbackChatId"),
    ({"botToken": TOKEN}, "monitoringChatId"),
)


async def test_telegram_that_cannot_work_is_refused(desk: Desk) -> None:
    for body, field in NO_TELEGRAM:
        answer = await desk.asking.put(f"{TELEGRAM}/config", body)
        assert (answer.status, answer.fields) == (400, [field]), body
        assert await desk.addresses() == {}, body


async def test_the_reference_can_test_its_chats(desk: Desk) -> None:
    assert (await desk.asking.post(f"{TELEGRAM}/test", {"type": "feedback"})).status == 400
    body = {"botToken": TOKEN, "monitoringChatId": "-1001", "feedbackChatId": ""}
    await desk.asking.put(f"{TELEGRAM}/config", body)
    async with desk.at_work():
        assert (await desk.asking.post(f"{TELEGRAM}/test", None)).status == 200
        desk.channel.answers = [Outcome(is_sent=False, reason="error=400", is_final=True)]
        failed = await desk.asking.post(f"{TELEGRAM}/test", {"type": "monitoring"})
    assert failed.status == 503
    assert json.loads(failed.body)["success"] is False
    ((address, _),) = desk.channel.arrived
    assert address == f"tgram://{TOKEN}/-1001/"


async def test_what_two_write_at_once_is_not_mixed(desk: Desk) -> None:
    bodies = [{"name": f"Hook {n}", "to": HOOK} for n in range(5)]
    answers = await asyncio.gather(*(desk.add("targets", body) for body in bodies))
    assert {answer.status for answer in answers} == {201}
    assert len(await desk.addresses()) == 5
