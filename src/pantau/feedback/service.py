"""Messages of visitors: taking them in, and working through them."""

from datetime import timedelta
from typing import Any, Final

import structlog

from pantau.accounts.users.asker import Asker
from pantau.audit.events import AdminAction
from pantau.audit.trail import AuditTrail
from pantau.cameras.models import PublicCamera
from pantau.cameras.service import Catalogue
from pantau.core.clock import Clock
from pantau.core.errors import Invalid, NotFound, Unavailable
from pantau.core.moments import is_future
from pantau.db.database import Database, Reading
from pantau.feedback import repository
from pantau.feedback.limits import Limits
from pantau.feedback.rules import CommunityRules
from pantau.feedback.senders import Sender
from pantau.feedback.values import Draft, Feedback, Page, Queue, Status, Totals
from pantau.feedback.words import in_english

log = structlog.get_logger()

MOST_UNREAD: Final = 5_000
MOST_SPAM: Final = 1_000
SPAM_DAYS: Final = 30
MOST_ROWS: Final = 100
_TIDY_EVERY_S: Final = 3600.0
_AUDITED: Final = ("status", "category", "notes", "is_spam")


class FeedbackService:
    """Raises NotFound, Invalid with a `field`, Throttled, Unavailable (too much waits).

    Operators of certain areas see messages about cameras in these, and no others.
    """

    def __init__(
        self,
        database: Database,
        *,
        catalogue: Catalogue,
        limits: Limits,
        rules: CommunityRules,
        trail: AuditTrail,
        clock: Clock,
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._limits = limits
        self._rules = rules
        self._trail = trail
        self._clock = clock

    @property
    def is_open(self) -> bool:
        """Whether visitors may write at the moment."""
        return self._rules().feedback_enabled

    def camera(self, camera_id: int) -> PublicCamera | None:
        """Return a camera that visitors may write about by name."""
        return self._catalogue.public_by_id(camera_id)

    async def send(self, draft: Draft, sender: Sender, *, is_spam: bool = False) -> int:
        """Keep a message and return its number; whoever sends spam is told the same.

        Raises NotFound where the operator takes no messages.
        """
        if not self.is_open:
            raise NotFound("feedback.off", in_english()["feedback.off"])
        values = self._values(draft)
        await self._limits.enter_message(sender)
        async with self._database.write() as writing:
            if is_spam:
                await repository.drop_old_spam(writing, most=MOST_SPAM - 1)
            elif await repository.waiting(writing) >= MOST_UNREAD:
                log.error("feedback_full", unread=MOST_UNREAD)
                raise Unavailable(
                    "feedback.full", in_english()["feedback.full"], retry_after_s=3600
                )
            return await repository.add(
                writing, values | {"sender": sender.kept, "is_spam": is_spam}
            )

    async def page(self, queue: Queue, *, page: int, limit: int, by: Asker) -> Page:
        """Return a page of a part of the inbox, what is urgent first."""
        async with self._database.read() as reading:
            rows, total = await repository.some(
                reading, queue, _areas(by), limit=limit, offset=(page - 1) * limit
            )
        return Page(tuple(rows), page, limit, total)

    async def newest(self, status: Status | None, *, page: int, limit: int, by: Asker) -> Page:
        """Return a page without spam, the newest first."""
        async with self._database.read() as reading:
            rows, total = await repository.newest(
                reading, status, _areas(by), limit=limit, offset=(page - 1) * limit
            )
        return Page(tuple(rows), page, limit, total)

    async def totals(self, *, by: Asker) -> Totals:
        """Return how much waits; filters change nothing of it (lesson F14)."""
        async with self._database.read() as reading:
            return await repository.totals(reading, _areas(by))

    async def one(self, number: int, *, by: Asker) -> Feedback:
        """Return a message."""
        async with self._database.read() as reading:
            return await self._found(reading, number, by)

    async def set_status(self, number: int, status: Status, *, by: Asker) -> Feedback:
        """Say how far a message is."""
        return await self._change(number, {"status": status}, by)

    async def triage(
        self, number: int, *, notes: str | None = None, is_spam: bool | None = None, by: Asker
    ) -> Feedback:
        """Write notes down, or say what is spam and what is not; None leaves it as it is."""
        values: dict[str, Any] = {}
        if notes is not None:
            values["notes"] = notes
        if is_spam is not None:
            values["is_spam"] = is_spam
        return await self._change(number, values, by)

    async def delete(self, number: int, *, by: Asker) -> None:
        """Delete a message for good."""
        async with self._database.write() as writing:
            before = await self._found(writing, number, by)
            await repository.remove(writing, number)
            await self._trail.record(
                writing,
                by.actor,
                AdminAction.FEEDBACK_DELETED,
                target=_target(number),
                before=_told(before),
            )

    async def keep_tidy(self) -> None:
        """Delete what is older than the operator keeps it, every hour; never returns."""
        while True:
            await self.expire()
            await self._clock.sleep(_TIDY_EVERY_S)

    async def expire(self) -> None:
        """Delete what is too old."""
        now, days = self._clock.now(), self._rules().feedback_days
        while True:
            async with self._database.write() as writing:
                gone = await repository.expire(
                    writing,
                    before_at=now - timedelta(days=days),
                    spam_before_at=now - timedelta(days=min(days, SPAM_DAYS)),
                )
            if not gone:
                return

    def _values(self, draft: Draft) -> dict[str, Any]:
        now, words = self._clock.now(), in_english()
        if draft.incident_at is not None and is_future(draft.incident_at, now):
            raise Invalid("feedback.future", words["feedback.future"], field="incident_at")
        camera_name = ""
        if draft.camera_id is not None:
            camera = self.camera(draft.camera_id)
            if camera is None:
                raise Invalid("feedback.camera", words["feedback.camera"], field="camera_id")
            camera_name = camera.name
        return {
            "name": draft.name,
            "email": draft.email,
            "phone": draft.phone,
            "message": draft.message,
            "status": "unread",
            "category": draft.category,
            "camera_id": draft.camera_id,
            "camera_name": camera_name,
            "incident_at": draft.incident_at,
            "notes": "",
            "created_at": now,
        }

    async def _change(self, number: int, values: dict[str, Any], by: Asker) -> Feedback:
        async with self._database.write() as writing:
            before = await self._found(writing, number, by)
            if all(getattr(before, name) == value for name, value in values.items()):
                return before
            stamped = {"changed_at": self._clock.now(), "changed_by": by.actor.name[:100]}
            await repository.change(writing, number, values | stamped)
            after = await self._found(writing, number, by)
            await self._trail.record(
                writing,
                by.actor,
                AdminAction.FEEDBACK_UPDATED,
                target=_target(number),
                before=_told(before),
                after=_told(after),
            )
        return after

    async def _found(self, reading: Reading, number: int, by: Asker) -> Feedback:
        found = await repository.one(reading, number, _areas(by))
        if found is None:
            raise NotFound("feedback.unknown", in_english()["feedback.unknown"])
        return found


def _areas(by: Asker) -> frozenset[int] | None:
    return by.principal.area_ids


def _target(number: int) -> str:
    return f"feedback {number}"


def _told(feedback: Feedback) -> dict[str, object]:
    """Return what the trail may keep: it is never deleted, and people's contacts must be."""
    return {name: getattr(feedback, name) for name in _AUDITED}
