"""The worker makes what is due or asked for, delivers it, and says truly how that went."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pantau.audit.actors import CONSOLE
from pantau.audit.trail import AuditTrail
from pantau.backups.age_passphrase import WORK
from pantau.backups.maker import BackupMaker
from pantau.backups.making import Made, Tell
from pantau.backups.models import Plan
from pantau.backups.protection import Lock, Unlock
from pantau.backups.reading import open_archive
from pantau.backups.service import Backups, PlanChange
from pantau.backups.snapshot import kept_tables
from pantau.core.errors import Conflict, Invalid, Unavailable
from pantau.db.database import Database
from pantau.db.place import Place
from pantau.settings import ArchiveSettings
from pantau.tables import metadata
from tests.backups.hubs import CHEAP, FullHub
from tests.support.database import opened

pytestmark = pytest.mark.anyio
PASSPHRASE = "a long passphrase"
PLAN = Plan(enabled=True, keep_daily=2, keep_weekly=0, keep_monthly=0)


@dataclass
class Workshop:
    hub: FullHub
    database: Database
    backups: Backups
    sent: list[str]
    fails: bool = False

    def maker(self) -> BackupMaker:
        """Return another worker's, as after a restart."""

        async def make(target: Path, lock: Lock, tell: Tell) -> Made:
            assert lock.work == WORK
            return await self.hub.back_up(target, replace(lock, work=CHEAP))

        async def send(target: int, file: Path, caption: str) -> None:
            if self.fails:
                raise Unavailable("alerts.file_not_sent", "The chat is away.")
            self.sent.append(file.name)

        trail = AuditTrail(self.database, key=self.hub.audit_key, clock=self.hub.clock)
        return BackupMaker(
            self.database,
            backups=self.backups,
            make=make,
            sealer=self.hub.sealer,
            trail=trail,
            clock=self.hub.clock,
            send=send,
        )

    async def save(self, plan: Plan, passphrase: str = PASSPHRASE, s3_secret: str = "") -> None:
        await self.backups.change_plan(PlanChange(plan, passphrase, s3_secret), CONSOLE)

    @property
    def files(self) -> list[str]:
        return sorted(path.name for path in (self.hub.data_dir / "backups").glob("*.age"))


@pytest.fixture
async def workshop(
    anyio_backend: str, sqlite_place: Place, sqlite_template: Path, tmp_path: Path
) -> AsyncIterator[Workshop]:
    few = tuple(each for each in kept_tables(metadata) if each.name in {"users", "site_values"})
    hub = FullHub(sqlite_place, tmp_path, sqlite_template, few)
    async with opened(sqlite_place) as database:
        trail = AuditTrail(database, key=hub.audit_key, clock=hub.clock)
        backups = Backups(
            database,
            sealer=hub.sealer,
            trail=trail,
            clock=hub.clock,
            folder=tmp_path / "backups",
        )
        yield Workshop(hub, database, backups, [])


async def test_a_worker_that_was_just_started_knows_what_is_due(workshop: Workshop) -> None:
    await workshop.maker().look()
    assert workshop.files == []
    await workshop.save(PLAN)
    await workshop.maker().look()
    assert len(workshop.files) == 1
    workshop.hub.clock.wind(23 * 3600)
    await workshop.maker().look()
    assert len(workshop.files) == 1
    workshop.hub.clock.wind(3600)
    await workshop.maker().look()
    assert len(workshop.files) == 2
    state = await workshop.backups.state()
    assert state.last_success_at == workshop.hub.clock.now()
    assert not state.is_overdue
    file = workshop.hub.data_dir / "backups" / workshop.files[0]
    open_archive(file, Unlock(passphrase=PASSPHRASE), work=workshop.hub.data_dir)


async def test_old_backups_go_and_other_files_stay(workshop: Workshop) -> None:
    await workshop.save(PLAN)
    folder = workshop.hub.data_dir / "backups"
    folder.mkdir()
    (folder / "before-0001.db").write_bytes(b"")
    for _ in range(4):
        await workshop.maker().look()
        workshop.hub.clock.wind(24 * 3600)
    assert len(workshop.files) == 2
    assert (folder / "before-0001.db").exists()
    assert len(list(folder.glob("*.sha256"))) == 2


async def test_what_was_not_delivered_is_no_success(workshop: Workshop) -> None:
    await workshop.save(replace(PLAN, telegram_target=7))
    workshop.fails = True
    await workshop.maker().look()
    run = (await workshop.backups.runs())[0]
    assert (run.state, run.problem) == ("failed", "The chat is away.")
    state = await workshop.backups.state()
    assert state.last_success_at is None
    assert state.last_problem == "The chat is away."
    workshop.hub.clock.wind(4 * 3600)
    assert (await workshop.backups.state()).is_overdue
    workshop.fails = False
    await workshop.maker().look()
    state = await workshop.backups.state()
    assert state.last_failure_at is None
    assert len(workshop.sent) == 1


async def test_a_failure_takes_no_older_backup_away(workshop: Workshop) -> None:
    await workshop.save(replace(PLAN, keep_daily=1, telegram_target=7))
    await workshop.maker().look()
    (first,) = workshop.files
    workshop.fails = True
    workshop.hub.clock.wind(24 * 3600)
    await workshop.maker().look()
    assert len(workshop.files) == 2
    assert first in workshop.files


async def test_what_is_too_large_for_a_chat_says_so(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pantau.backups.delivering.MOST_CHAT_BYTES", 10)
    await workshop.save(replace(PLAN, telegram_target=7))
    await workshop.maker().look()
    run = (await workshop.backups.runs())[0]
    assert run.state == "failed"
    assert "Telegram takes" in run.problem


async def test_a_bucket_gets_it_with_its_sum(
    workshop: Workshop, archive_settings: ArchiveSettings
) -> None:
    plan = replace(
        PLAN,
        s3_enabled=True,
        s3_endpoint=archive_settings.endpoint,
        s3_bucket=archive_settings.bucket,
        s3_prefix="copies",
        s3_access_key="key",
    )
    with pytest.raises(Invalid) as refusal:
        await workshop.save(plan)
    assert refusal.value.field == "s3_secret"
    await workshop.save(plan, s3_secret="secret")
    await workshop.backups.test("s3")
    await workshop.maker().look()
    run = (await workshop.backups.runs())[0]
    assert run.state == "done", run.problem
    assert [each.to for each in run.deliveries] == ["directory", "s3"]
    # Whoever changes the address must type the secret again.
    with pytest.raises(Invalid):
        await workshop.save(replace(plan, s3_endpoint="https://thief.example"))


async def test_somebody_asks_for_one_and_only_one(workshop: Workshop) -> None:
    with pytest.raises(Conflict, match="passphrase"):
        await workshop.backups.ask(CONSOLE)
    await workshop.save(replace(PLAN, enabled=False))
    number = await workshop.backups.ask(CONSOLE)
    with pytest.raises(Conflict, match="already"):
        await workshop.backups.ask(CONSOLE)
    await workshop.maker().look()
    run, file = await workshop.backups.file_of(number)
    assert file.stat().st_size == run.size_bytes
    await workshop.backups.delete(number, CONSOLE)
    assert not file.exists()


async def test_a_backup_that_was_interrupted_has_failed(workshop: Workshop) -> None:
    await workshop.save(replace(PLAN, enabled=False))
    await workshop.backups.ask(CONSOLE)
    maker = workshop.maker()
    await maker._next()
    assert (await workshop.backups.state()).running is not None
    await workshop.maker()._end_interrupted()
    state = await workshop.backups.state()
    assert state.running is None
    assert state.last_problem == "Pantau was stopped while it was being made."


async def test_secrets_of_the_plan_are_sealed_and_told_to_nobody(workshop: Workshop) -> None:
    await workshop.save(PLAN)
    assert PASSPHRASE not in repr(await workshop.backups.plan())
    assert PASSPHRASE not in str(await workshop.hub.contents())
