"""Real deliveries through Apprise, to services on loopback."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from pantau.notifications import channel as channels
from pantau.notifications.channel import AppriseChannel, Outcome, Words
from pantau.notifications.services import SERVICES
from tests.notifications.services import TOKEN, Service, service

WORDS = Words("Gate <b> & co", "line & one\n<i>two", "<b>Gate &lt;b&gt; &amp; co</b>\n&lt;i&gt;two")

LOADED = re.compile(r"^(import|from) apprise", re.MULTILINE)
NAMED = re.compile(r"^\s*(import|from) apprise|import_module\(\"apprise", re.MULTILINE)

pytestmark = pytest.mark.anyio


async def sent(address: str, told: Service | None = None) -> Outcome:
    channel = AppriseChannel(telegram_api_url="" if told is None else told.url)
    try:
        return await channel.send(address, WORDS)
    finally:
        await channel.close()


async def test_a_bot_api_server_of_ones_own_gets_what_was_composed() -> None:
    with service() as told:
        outcome = await sent(f"tgram://{TOKEN}/-1001234567890/", told)
    assert outcome.is_sent
    ((path, _),) = told.got
    (body,) = told.bodies()
    assert path == f"/bot{TOKEN}/sendMessage"
    assert (body["chat_id"], body["parse_mode"]) == (-1001234567890, "HTML")
    assert body["text"].splitlines() == WORDS.html.splitlines(), repr(body["text"])


async def test_a_web_address_gets_title_and_plain_text() -> None:
    with service() as told:
        outcome = await sent(f"json://127.0.0.1:{told.port}/hook")
    assert outcome.is_sent
    (body,) = told.bodies()
    assert (body["title"], body["message"]) == (WORDS.title, WORDS.text)


async def test_a_refusal_is_told_without_the_token_and_is_final() -> None:
    with service() as told:
        told.answers = [(400, {"ok": False, "description": f"Bad Request: no chat, {TOKEN}"})]
        outcome = await sent(f"tgram://{TOKEN}/-1001234567890/", told)
    assert not outcome.is_sent
    assert outcome.is_final
    assert "no chat" in outcome.reason
    assert TOKEN not in outcome.reason


async def test_no_word_of_an_address_but_its_host_is_in_a_reason() -> None:
    with service() as told:
        told.answers = [(404, {})]
        topic = await sent(f"ntfy://127.0.0.1:{told.port}/unguessable-topic")
        told.answers = [(404, {"error": "no such hook as 'unguessable hook'"})]
        hook = await sent(f"gotify://127.0.0.1:{told.port}/unguessable%20hook")
    assert not topic.is_sent
    assert not hook.is_sent
    assert "unguessable" not in topic.reason + hook.reason
    assert "***" in topic.reason


async def test_how_long_to_wait_is_understood() -> None:
    with service() as told:
        told.answers = [(429, {"ok": False, "description": "Too Many Requests: retry after 17"})]
        outcome = await sent(f"tgram://{TOKEN}/-1001234567890/", told)
    assert (outcome.is_sent, outcome.is_final, outcome.retry_after_s) == (False, False, 17.0)


async def test_a_fault_of_the_service_is_not_final() -> None:
    with service() as told:
        told.answers = [(503, {})]
        outcome = await sent(f"json://127.0.0.1:{told.port}/hook")
    assert (outcome.is_sent, outcome.is_final) == (False, False)


async def test_a_port_where_nobody_listens_is_not_final() -> None:
    with service() as told:
        pass
    outcome = await sent(f"json://127.0.0.1:{told.port}/hook")
    assert (outcome.is_sent, outcome.is_final) == (False, False)
    assert outcome.reason


async def test_a_service_that_does_not_answer_costs_a_moment_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(channels, "_READ_S", 0.2)
    with service(is_silent=True) as told:
        outcome = await sent(f"json://127.0.0.1:{told.port}/hook")
    assert (outcome.is_sent, outcome.is_final) == (False, False)
    assert len(told.got) == 1


async def test_redirects_are_not_followed() -> None:
    with service() as told:
        told.answers = [(302, {})]
        outcome = await sent(f"json://127.0.0.1:{told.port}/hook")
    assert not outcome.is_sent


async def test_a_file_goes_along_with_its_caption(tmp_path: Path) -> None:
    file = tmp_path / "pantau-backup.tar.age"
    file.write_bytes(b"\x00locked" * 100)
    with service() as told:
        channel = AppriseChannel(telegram_api_url=told.url)
        outcome = await channel.send_file(f"tgram://{TOKEN}/42/", file, "Backup & more")
        await channel.close()
    assert outcome.is_sent, outcome.reason
    ((path, body),) = told.got
    assert path.endswith("/sendDocument")
    assert b"\x00locked" in body
    assert b"pantau-backup.tar.age" in body


@pytest.mark.parametrize("address", ["file:///etc/passwd", "syslog://", "tgram://nothing", "x"])
async def test_an_address_that_is_none_is_final(address: str) -> None:
    outcome = await sent(address)
    assert (outcome.is_sent, outcome.is_final) == (False, True)


def test_every_service_is_where_the_table_says() -> None:
    spec = find_spec("apprise")
    assert spec is not None
    assert spec.origin is not None
    plugins = Path(spec.origin).parent / "plugins"
    for schema, each in SERVICES.items():
        text = (plugins / f"{each.module.replace('.', '/')}.py").read_text()
        assert f"class {each.class_name}(" in text, schema
        protocols = " ".join(re.findall(r"protocol = (\(.*?\)|\S+)", text, re.DOTALL))
        assert f'"{schema}"' in protocols, schema


def test_apprise_is_loaded_by_the_first_message_and_by_nothing_else() -> None:
    naming = [
        path.name
        for path in Path("src/pantau").rglob("*.py")
        if re.search(
            r"^\s*(import|from) apprise|import_module\(\"apprise", path.read_text(), re.MULTILINE
        )
    ]
    assert naming == ["channel.py"]
    assert not re.search(
        r"^(import|from) apprise", Path(channels.__file__).read_text(), re.MULTILINE
    )
