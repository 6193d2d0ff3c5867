"""Alerts in the admin: from an empty page to a target, a rule, a drill and maintenance."""

from collections.abc import AsyncIterator

import pytest

from pantau.core.supervisor import Service, Supervisor
from pantau.db.database import Database
from pantau.notifications import repository
from pantau.notifications.channel import Outcome
from pantau.notifications.delivering import Around, Deliverer
from pantau.notifications.kinds import Kind
from pantau.notifications.values import Rule
from tests.admin.alerts import ZONE, alert_pages, composer
from tests.admin.house import SEALER, AdminHouse, admin_house
from tests.admin.person import Person
from tests.notifications.alarm_house import ScriptedChannel
from tests.notifications.services import TOKEN
from tests.support.cameras import camera

pytestmark = pytest.mark.anyio

PAGE = "/admin/alerts"
TELEGRAM = {
    "form": "telegram",
    "name": "Duty <b>group",
    "bot_token": TOKEN,
    "chat": "-1001234567890",
    "language": "en",
    "enabled": "1",
}


@pytest.fixture
async def house(sqlite_database: Database) -> AsyncIterator[AdminHouse]:
    async with admin_house(sqlite_database, more=alert_pages) as house:
        await house.add("rini", "admin")
        house.catalogue.replace([camera(1, name="Simpang Lima"), camera(2, name="Pasar <i>")])
        yield house


@pytest.fixture
async def channel(house: AdminHouse) -> AsyncIterator[ScriptedChannel]:
    """A worker that delivers to it."""
    channel = ScriptedChannel()
    around = Around(
        sealer=SEALER, channel=channel, composer=composer(), zone=ZONE, clock=house.clock
    )
    supervisor = Supervisor(house.clock)
    supervisor.add(Service("deliver", Deliverer(house.database, around).run))
    yield channel
    await supervisor.stop(deadline_s=10)


async def the_rule(house: AdminHouse) -> Rule:
    async with house.database.read() as reading:
        (rule,) = await repository.rules(reading)
    return rule


async def send(person: Person, page: str, path: str, **fields: object) -> None:
    await person.get(f"{PAGE}{page}")
    await person.send(f"{PAGE}{path}", fields)


async def test_a_target_is_added_by_a_form_and_its_token_is_never_shown(rini: Person) -> None:
    await rini.get(PAGE)
    assert "Nobody hears of anything yet" in rini.text
    await send(rini, "/targets/new?form=telegram", "/targets/new", **TELEGRAM)
    assert rini.path == f"{PAGE}/targets/1"
    assert "Telegram, chat -1001234567890" in rini.text
    await rini.get(PAGE)
    assert "Duty <b>group" in rini.text
    for page in ("", "/targets/1", "/outbox"):
        await rini.get(f"{PAGE}{page}")
        assert TOKEN not in rini.page
        assert TOKEN[10:20] not in rini.page


async def test_a_wrong_token_is_said_beside_its_field_and_not_sent_back(rini: Person) -> None:
    wrong = {**TELEGRAM, "bot_token": "geheim-but-wrong"}
    await send(rini, "/targets/new?form=telegram", "/targets/new", **wrong)
    assert "as BotFather gave it" in rini.text
    assert "geheim-but-wrong" not in rini.page
    assert 'value="-1001234567890"' in rini.page


async def test_an_address_that_is_left_empty_stays(house: AdminHouse, rini: Person) -> None:
    await send(rini, "/targets/new", "/targets/new", **TELEGRAM)
    async with house.database.read() as reading:
        (before,) = await repository.targets(reading)
    fields = {"form": "telegram", "name": "New name", "bot_token": "", "chat": "", "language": "id"}
    await send(rini, "/targets/1", "/targets/1", **fields)
    async with house.database.read() as reading:
        (after,) = await repository.targets(reading)
    assert (after.name, after.language, after.enabled) == ("New name", "id", False)
    assert after.sealed == before.sealed


async def test_a_rule_says_how_many_cameras_it_matches_and_keeps_every_choice(
    house: AdminHouse, rini: Person
) -> None:
    await send(rini, "/targets/new", "/targets/new", **TELEGRAM)
    fields: dict[str, object] = {
        "name": "Night",
        "enabled": "1",
        "kind": ["camera", "recorder"],
        "camera": ["2"],
        "target": ["1"],
        "critical_passes": "1",
        "quiet_from": "22:00",
        "quiet_until": "06:00",
        "down_after_s": "300",
        "up_after_s": "",
    }
    await send(rini, "/rules/new", "/rules/new", **fields)
    assert "It is about 1 camera." in rini.text
    assert "1 of 2 cameras" in rini.text
    rule = await the_rule(house)
    assert {*rule.kinds} == {Kind.CAMERA, Kind.RECORDER}
    assert (list(rule.camera_ids), list(rule.target_ids)) == ([2], [1])
    assert (rule.quiet, rule.down_after_s, rule.up_after_s) == ((1320, 360), 300, None)
    assert (rule.tells_recovery, rule.critical_passes) == (False, True)
    await rini.get(f"{PAGE}/rules/1")
    assert 'value="22:00"' in rini.page
    await rini.send(f"{PAGE}/rules/1", fields | {"quiet_from": "25:99"})
    assert rini.path == f"{PAGE}/rules/1"
    assert (await the_rule(house)).quiet == (1320, 360)
    await send(rini, "/rules/1/delete", "/rules/1/delete")
    assert "No rule yet" in rini.text


async def test_a_rule_shows_what_it_would_send_and_sends_nothing(
    house: AdminHouse, rini: Person
) -> None:
    await send(rini, "/targets/new", "/targets/new", **TELEGRAM)
    await send(
        rini, "/targets/new", "/targets/new", **TELEGRAM | {"name": "Piket", "language": "id"}
    )
    fields: dict[str, object] = {"name": "All", "enabled": "1", "tells_recovery": "1"}
    fields |= {"camera": ["2"], "down_after_s": "300"}
    await send(rini, "/rules/new", "/rules/new", **fields)
    await rini.get(f"{PAGE}/rules/1")
    for said in ("Camera down: Pasar <i>", "Camera up again: Pasar <i>", "(42 min)"):
        assert said in rini.text
    for said in ("Kamera mati: Pasar <i>", "Kamera menyala lagi: Pasar <i>"):
        assert said in rini.text
    assert "Pasar <i>" not in rini.page
    # Without recovery only the begin; without a camera another example; nobody: nothing.
    await rini.send(f"{PAGE}/rules/1", {"name": "All", "enabled": "1", "kind": ["lockout"]})
    await rini.get(f"{PAGE}/rules/1")
    assert "Pasar <i>" not in rini.text.partition("What it sends")[2]
    assert "When it is over" not in rini.text
    await rini.get(f"{PAGE}/outbox")
    assert "Pasar" not in rini.text


async def test_a_target_that_a_rule_names_is_not_deleted(rini: Person) -> None:
    await send(rini, "/targets/new", "/targets/new", **TELEGRAM)
    await send(rini, "/rules/new", "/rules/new", name="Night", enabled="1", target=["1"])
    await send(rini, "/targets/1/delete", "/targets/1/delete")
    assert "Take the target out of the rule first." in rini.text
    await rini.get(PAGE)
    assert "Duty <b>group" in rini.text


async def test_a_drill_shows_what_became_of_it_and_what_did_not_arrive_can_be_tried_again(
    rini: Person, channel: ScriptedChannel
) -> None:
    await send(rini, "/targets/new", "/targets/new", **TELEGRAM)
    channel.answers = [Outcome(is_sent=False, reason="Forbidden <b>kicked", is_final=True)]
    await send(rini, "", "/drill", target="1")
    assert "did not arrive" in rini.text
    assert "Forbidden <b>kicked" in rini.text
    await rini.get(PAGE)
    assert "1 message did not arrive." in rini.text
    await send(rini, "/outbox", "/outbox/1/retry")
    assert "The message will be tried again." in rini.text
    await send(rini, "", "/drill", target="1")
    assert "1 of 1 arrived" in rini.text


async def test_maintenance_is_begun_and_ended(rini: Person) -> None:
    fields = {"what": "camera:2", "hours": "2", "reason": "ladder"}
    await send(rini, "", "/maintenance", **fields)
    assert "Maintenance: Pasar <i>" in rini.text
    assert "ladder" in rini.text
    await rini.send(f"{PAGE}/maintenance/1/end")
    assert "Maintenance has ended." in rini.text
    assert "ladder" not in rini.text
    await send(rini, "", "/maintenance", what="camera:99", hours="2")
    assert "There is no such camera." in rini.text


async def test_settings_are_kept_and_a_window_out_of_bounds_is_refused(
    house: AdminHouse, rini: Person
) -> None:
    fields: dict[str, object] = {
        "down_after_s": "60",
        "up_after_s": "30",
        "gather_s": "0",
        "fleet_percent": "70",
        "remind_hours": "12",
        "camera": ["1"],
    }
    await send(rini, "/settings", "/settings", **fields)
    async with house.database.read() as reading:
        windows = await repository.windows(reading)
        assert await repository.muted(reading) == {1}
    assert (windows.down_after_s, windows.fleet_percent, windows.remind_hours) == (60, 70, 12)
    await send(rini, "/settings", "/settings", **fields | {"down_after_s": "5"})
    assert rini.path == f"{PAGE}/settings"
    async with house.database.read() as reading:
        assert await repository.windows(reading) == windows
