"""Where backups go: a folder of this machine, a bucket (`bucket`), a chat.  Each says how."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from pantau.backups.models import Delivered, DeliveryKind, Plan
from pantau.backups.names import SUM_SUFFIX, moment_in
from pantau.backups.schedule import kept
from pantau.core.errors import Problem, Unavailable

SendFile: TypeAlias = Callable[[int, Path, str], Awaitable[None]]
"""Sends a file with a caption to a target of alerts; raises Problem."""

MOST_CHAT_BYTES: Final = 50 * 1000 * 1000
"""What a bot may send to Telegram."""
PROBE: Final = "pantau-backup-test.txt"
PROBE_TEXT: Final = b"Pantau can write here.\n"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A backup to be delivered."""

    file: Path
    sha256: str
    caption: str

    @property
    def sum_line(self) -> bytes:
        """What `sha256sum -c` reads."""
        return f"{self.sha256}  {self.file.name}\n".encode()


class Destination(Protocol):
    """One place that backups go to."""

    @property
    def kind(self) -> DeliveryKind:
        """What it is."""
        ...

    @property
    def place(self) -> str:
        """What people call it; no secret is in it."""
        ...

    async def deliver(self, parcel: Parcel) -> None:
        """Bring a backup there; raises Problem."""
        ...

    async def rotate(self, plan: Plan) -> int:
        """Delete what the plan does not keep; return how many."""
        ...

    async def test(self) -> None:
        """Write something small there, and take it away again; raises Problem."""
        ...


@dataclass(frozen=True, slots=True)
class FolderDestination:
    """A folder; the backup is made in it already when it is the first of them."""

    folder: Path
    kind: DeliveryKind = "directory"

    @property
    def place(self) -> str:
        return str(self.folder)

    async def deliver(self, parcel: Parcel) -> None:
        await asyncio.to_thread(self._deliver_in_thread, parcel)

    async def rotate(self, plan: Plan) -> int:
        return await asyncio.to_thread(self._rotate_in_thread, plan)

    async def test(self) -> None:
        await asyncio.to_thread(self._test_in_thread)

    def _deliver_in_thread(self, parcel: Parcel) -> None:
        target = self.folder / parcel.file.name
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if target != parcel.file:
                draft = target.with_name(f".{target.name}.partial")
                shutil.copyfile(parcel.file, draft)
                draft.chmod(0o600)
                draft.replace(target)
            target.with_name(target.name + SUM_SUFFIX).write_bytes(parcel.sum_line)
        except OSError as error:
            raise _unwritable(self.folder, error) from error

    def _rotate_in_thread(self, plan: Plan) -> int:
        gone = 0
        for name in superfluous((path.name for path in self.folder.iterdir()), plan):
            (self.folder / name).unlink(missing_ok=True)
            (self.folder / (name + SUM_SUFFIX)).unlink(missing_ok=True)
            gone += 1
        return gone

    def _test_in_thread(self) -> None:
        if not self.folder.is_absolute():
            raise Unavailable("backup.folder", "Give the whole path of the folder.")
        path = self.folder / PROBE
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.write_bytes(PROBE_TEXT)
            os.unlink(path)  # noqa: PTH108 - a test that stops here must say why
        except OSError as error:
            raise _unwritable(self.folder, error) from error


@dataclass(frozen=True, slots=True)
class ChatDestination:
    """A chat, as far as what is sent there is small enough."""

    target_id: int
    send: SendFile
    kind: DeliveryKind = "telegram"

    @property
    def place(self) -> str:
        return f"target {self.target_id}"

    async def deliver(self, parcel: Parcel) -> None:
        size_bytes = (await asyncio.to_thread(parcel.file.stat)).st_size
        if size_bytes > MOST_CHAT_BYTES:
            raise Unavailable(
                "backup.too_large_for_chat",
                f"The backup has {size_bytes / 1e6:.0f} MB, and Telegram takes "
                f"{MOST_CHAT_BYTES / 1e6:.0f} MB. Deliver it elsewhere.",
            )
        await self.send(self.target_id, parcel.file, parcel.caption)

    async def rotate(self, plan: Plan) -> int:  # noqa: ARG002 - chats keep what they have
        return 0

    async def test(self) -> None:
        raise Unavailable("backup.chat_test", "Test this target on the page of alerts.")


async def delivered_everywhere(
    parcel: Parcel, destinations: Iterable[Destination]
) -> tuple[Delivered, ...]:
    """Bring a backup everywhere; one place that fails does not keep it from the others."""
    told = []
    for destination in destinations:
        problem = ""
        try:
            await destination.deliver(parcel)
        except Problem as error:
            problem = error.sentence
        told.append(Delivered(to=destination.kind, place=destination.place, problem=problem))
    return tuple(told)


def superfluous(names: Iterable[str], plan: Plan) -> list[str]:
    """Return the names of the backups that the plan does not keep."""
    found = {name: at for name in names if (at := moment_in(name)) is not None}
    stay = kept(found.values(), plan)
    return [name for name, at in found.items() if at not in stay]


def _unwritable(folder: Path, error: OSError) -> Problem:
    return Unavailable("backup.folder", f"{folder} cannot be written to: {error.strerror}.")
