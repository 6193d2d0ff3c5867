"""The reference's settings of Telegram: one bot, one chat for alarms and one for feedback.

They are two targets and two rules like any other, marked with what they stand for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from pantau.accounts.users.asker import Asker
from pantau.audit.events import AdminAction
from pantau.audit.trail import AuditTrail
from pantau.core.clock import Clock
from pantau.core.errors import Invalid
from pantau.core.sealing import Sealer, SealingError
from pantau.db.database import Database, Reading, Writing
from pantau.notifications import addresses, outbox_rows, repository
from pantau.notifications.inputs import TelegramConfigInput
from pantau.notifications.kinds import Kind
from pantau.notifications.rows import ADDRESS_PURPOSE
from pantau.notifications.target_service import Targets
from pantau.notifications.values import Form, Rule, Target

Chat = Literal["monitoring", "feedback"]
MASK: Final = "***..."
"""Instead of a token; what ends so is none."""
_OF_VISITORS: Final = frozenset({Kind.FEEDBACK, Kind.TAKE_DOWN})
_KINDS: Final[Mapping[Chat, frozenset[Kind]]] = {
    "monitoring": frozenset(Kind) - _OF_VISITORS,
    "feedback": _OF_VISITORS,
}
_NAMES: Final[Mapping[Chat, str]] = {
    "monitoring": "Telegram: monitoring",
    "feedback": "Telegram: feedback",
}


@dataclass(frozen=True, slots=True)
class TelegramState:
    """What is configured; never the token."""

    has_token: bool
    chats: Mapping[Chat, str]
    """The chats that there are."""


class TelegramConfig:
    """Loop only."""

    def __init__(
        self,
        database: Database,
        *,
        targets: Targets,
        sealer: Sealer,
        trail: AuditTrail,
        clock: Clock,
    ) -> None:
        self._database = database
        self._targets = targets
        self._sealer = sealer
        self._trail = trail
        self._clock = clock

    async def state(self) -> TelegramState:
        """Return what is configured."""
        async with self._database.read() as reading:
            known = self._opened(await _marked(reading))
        return TelegramState(bool(known), {chat: place for chat, (_, place) in known.items()})

    async def target_id(self, chat: Chat) -> int | None:
        """Return the target that stands for a chat; None: not configured."""
        async with self._database.read() as reading:
            target = (await _marked(reading)).get(chat)
        return None if target is None else target.id

    async def put(self, given: TelegramConfigInput, *, by: Asker) -> TelegramState:
        """Configure bot and chats; an empty or masked token keeps the one there is.

        A chat that is left empty is not told any more.  Raises Invalid naming the field.
        """
        wanted = _wanted(given)
        async with self._database.write() as writing:
            before = await _marked(writing)
            known = self._opened(before)
            token = given.botToken.strip()
            if not token or token.endswith("..."):
                token = next((stored for stored, _ in known.values()), "")
            for chat in _KINDS:
                if chat in wanted:
                    await self._put_chat(writing, chat, token, wanted[chat], before.get(chat))
                elif chat in before:
                    await self._drop_chat(writing, before[chat], chat)
            await self._trail.record(
                writing,
                by.actor,
                AdminAction.TELEGRAM_CONFIG_UPDATED,
                before={f"{chat}_chat": place for chat, (_, place) in known.items()},
                after={f"{chat}_chat": place for chat, place in wanted.items()},
            )
        return await self.state()

    async def _put_chat(
        self, writing: Writing, chat: Chat, token: str, place: str, target: Target | None
    ) -> None:
        address = _address(chat, token, place)
        if target is None:
            target = await self._targets.put_new(writing, address, name=_NAMES[chat], purpose=chat)
        else:
            values = self._targets.sealed(address, target.key) | {"enabled": True}
            await repository.change_target(writing, target.id, values)
        rules = {rule.purpose: rule for rule in await repository.rules(writing)}
        rule = rules.get(chat)
        if rule is None:
            rule = Rule(
                id=0,
                name=_NAMES[chat],
                kinds=_KINDS[chat],
                target_ids=frozenset({target.id}),
                purpose=chat,
                since_at=self._clock.now(),
            )
            await repository.add_rule(writing, rule)
        elif target.id not in rule.target_ids:
            await repository.put_rule(
                writing, replace(rule, target_ids=rule.target_ids | {target.id})
            )

    async def _drop_chat(self, writing: Writing, target: Target, chat: Chat) -> None:
        for rule in await repository.rules(writing):
            if rule.purpose == chat:
                await repository.delete_rule(writing, rule.id)
            elif target.id in rule.target_ids:
                left = rule.target_ids - {target.id}
                # Without any target it would go to all of them.
                changed = replace(rule, target_ids=left, enabled=rule.enabled and bool(left))
                await repository.put_rule(writing, changed)
        await outbox_rows.forget_target(writing, target.id)
        await repository.delete_target(writing, target.id)

    def _opened(self, marked: Mapping[Chat, Target]) -> dict[Chat, tuple[str, str]]:
        """Return token and chat of each; what cannot be opened is not configured."""
        opened: dict[Chat, tuple[str, str]] = {}
        for chat, target in marked.items():
            try:
                whole = self._sealer.open(target.sealed, ADDRESS_PURPOSE, target.key)
            except SealingError:
                continue
            token, _, place = whole.partition("://")[2].strip("/").partition("/")
            opened[chat] = (token, place)
        return opened


async def _marked(reading: Reading) -> dict[Chat, Target]:
    found: dict[Chat, Target] = {}
    for target in await repository.targets(reading):
        for chat in _KINDS:
            if target.purpose == chat and target.form is Form.TELEGRAM:
                found[chat] = target
    return found


def _wanted(given: TelegramConfigInput) -> dict[Chat, str]:
    both: dict[Chat, str] = {
        "monitoring": given.monitoringChatId or "",
        "feedback": given.feedbackChatId or "",
    }
    wanted = {chat: place for chat, place in both.items() if place}
    token = given.botToken.strip()
    if token and not token.endswith("...") and not wanted:
        raise Invalid("alerts.chat", "Say which chat the bot writes to.", field="monitoringChatId")
    return wanted


def _address(chat: Chat, token: str, place: str) -> addresses.Address:
    try:
        return addresses.telegram(token, place)
    except Invalid as error:
        is_token = error.code == "alerts.bot_token"
        field = "botToken" if is_token else f"{chat}ChatId"
        raise Invalid(error.code, error.sentence, field=field) from error
