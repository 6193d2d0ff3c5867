"""What operators see of recorders and decide about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from pantau.accounts.users.asker import Asker
from pantau.audit.events import Action, AdminAction
from pantau.audit.trail import AuditTrail
from pantau.cameras.changes import KEEP, CameraChange
from pantau.cameras.editing import CameraEditor
from pantau.cameras.listing import CameraList, ListedCamera
from pantau.cameras.permissions import check_area
from pantau.core.clock import Clock
from pantau.core.errors import Conflict, Invalid
from pantau.db.database import Database
from pantau.recordings import recorder_rows, rule_rows
from pantau.recordings.catalogue import RecordingCatalogue
from pantau.recordings.recorders import Command, CommandAction, RecorderState, Restart
from pantau.recordings.rules import RecordingRules, check_rules, schedule_text
from pantau.recordings.run_rows import Totals
from pantau.recordings.status import RecorderBook

DEFAULT_ROWS: Final = 50
MOST_ROWS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRecording:
    """One camera, as whoever looks after its footage sees it."""

    listed: ListedCamera
    state: RecorderState | None
    """None: no worker ever saw it."""
    totals: Totals | None
    """None: there is nothing."""
    restarts_day: int
    """How often its recorder had to begin anew in the last 24 hours."""
    rules: RecordingRules
    keep_hours: int
    """How long its footage is kept."""

    @property
    def camera_id(self) -> int:
        return int(self.listed.stored.camera.id)

    @property
    def name(self) -> str:
        return self.listed.stored.camera.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """Footage of a camera that is not there any more; it leaves with its time (decision 12)."""

    camera_id: int
    totals: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All recorders."""

    cameras: tuple[CameraRecording, ...]
    """Those in operation, and those of which there is footage."""
    removed: tuple[Removed, ...]
    restarts_day: int


class RecordingService:
    """Raises NotFound, Forbidden (another's area), Invalid with a `field`, Conflict."""

    def __init__(
        self,
        database: Database,
        *,
        catalogue: RecordingCatalogue,
        book: RecorderBook,
        cameras: CameraList,
        editor: CameraEditor,
        trail: AuditTrail,
        clock: Clock,
        keep_hours: int,
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._book = book
        self._cameras = cameras
        self._editor = editor
        self._trail = trail
        self._clock = clock
        self._keep_hours = keep_hours

    async def overview(self) -> Overview:
        """Return every camera in operation or with footage, and footage of removed ones."""
        listed = await self._cameras.all()
        states, totals = await self._book.seen(), await self._catalogue.totals()
        since_at = self._clock.now() - timedelta(days=1)
        async with self._database.read() as reading:
            rules = await rule_rows.all_rules(reading)
            restarts = await recorder_rows.restarts_since(reading, since_at)
        numbers = {int(each.stored.camera.id) for each in listed}
        return Overview(
            cameras=tuple(
                self._recording(
                    each,
                    states.get(number),
                    totals.get(number),
                    restarts.get(number, 0),
                    rules.get(number, RecordingRules()),
                )
                for each in listed
                if (number := int(each.stored.camera.id)) in totals or each.stored.camera.enabled
            ),
            removed=tuple(
                Removed(camera_id=number, totals=each)
                for number, each in sorted(totals.items())
                if number not in numbers
            ),
            restarts_day=sum(restarts.values()),
        )

    async def one(self, camera_id: int) -> CameraRecording:
        """Return one camera."""
        listed = await self._cameras.one(camera_id)
        totals = await self._catalogue.totals_of(camera_id)
        state = await self._book.seen_of(camera_id)
        since_at = self._clock.now() - timedelta(days=1)
        async with self._database.read() as reading:
            rules = await rule_rows.rules_of(reading, camera_id)
            restarts = await recorder_rows.restarts_since(reading, since_at)
        return self._recording(listed, state, totals, restarts.get(camera_id, 0), rules)

    async def names(self) -> Mapping[int, str]:
        """Return how cameras are called."""
        listed = await self._cameras.all()
        return {int(each.stored.camera.id): each.stored.camera.name for each in listed}

    async def restarts(
        self, camera_id: int | None = None, *, limit: int = DEFAULT_ROWS
    ) -> Sequence[Restart]:
        """Return when recorders had to begin anew, the newest first; of one, or of all."""
        if camera_id is not None:
            await self._cameras.one(camera_id)
        async with self._database.read() as reading:
            return await recorder_rows.restarts(reading, camera_id=camera_id, limit=limit)

    async def commands(self, camera_id: int, *, limit: int = DEFAULT_ROWS) -> Sequence[Command]:
        """Return what was asked of one recorder and what came of it, the newest first."""
        await self._cameras.one(camera_id)
        async with self._database.read() as reading:
            return await recorder_rows.commands_of(reading, camera_id, limit=limit)

    async def command(self, command_id: int) -> Command | None:
        """Return one command."""
        async with self._database.read() as reading:
            return await recorder_rows.command(reading, command_id)

    async def start(
        self, camera_id: int, *, duration_hours: int | None = None, by: Asker
    ) -> CameraRecording:
        """Have a camera recorded; `duration_hours` is how long its footage is kept."""
        listed = await self._mine(camera_id, by)
        if not listed.stored.camera.enabled:
            raise Conflict(
                "recordings.camera_disabled",
                "This camera is not in operation. Enable it first.",
                field="enabled",
            )
        hours = KEEP if duration_hours is None else duration_hours
        change = CameraChange(enable_recording=True, recording_duration_hours=hours)
        await self._editor.change(camera_id, change, by=by)
        await self._command(listed, CommandAction.START, by)
        return await self.one(camera_id)

    async def stop(self, camera_id: int, *, by: Asker) -> CameraRecording:
        """Have a camera not recorded any more; its footage stays."""
        listed = await self._mine(camera_id, by)
        await self._editor.change(camera_id, CameraChange(enable_recording=False), by=by)
        await self._command(listed, CommandAction.STOP, by)
        return await self.one(camera_id)

    async def restart(self, camera_id: int, *, by: Asker) -> Command:
        """Have a recorder close its file and begin another; `command` tells what came of it."""
        listed = await self._mine(camera_id, by)
        if not listed.stored.camera.recorded or not listed.stored.camera.enabled:
            raise Conflict(
                "recordings.not_recorded", "This camera is not recorded. Start it instead."
            )
        number = await self._command(listed, CommandAction.RESTART, by)
        found = await self.command(number)
        assert found is not None
        return found

    async def change_settings(
        self,
        camera_id: int,
        *,
        enable_recording: bool | None = None,
        keep_hours: int | None = None,
        by: Asker,
    ) -> CameraRecording:
        """Change whether a camera is recorded, or how long its footage is kept."""
        if enable_recording is None and keep_hours is None:
            raise Invalid("recordings.nothing", "Name at least one field.", field="body")
        listed = await self._mine(camera_id, by)
        change = CameraChange(
            enable_recording=KEEP if enable_recording is None else enable_recording,
            recording_duration_hours=KEEP if keep_hours is None else keep_hours,
        )
        after = await self._editor.change(camera_id, change, by=by)
        async with self._database.write() as work:
            work.changed("recordings")
            await self._trail.record(
                work,
                by.actor,
                AdminAction.RECORDING_SETTINGS_UPDATED,
                target=_target(listed),
                before=_told(listed.stored.enable_recording, _hours(listed)),
                after=_told(after.enable_recording, after.recording_duration_hours),
            )
        return await self.one(camera_id)

    async def rules(self, camera_id: int) -> RecordingRules:
        """Return the rules of a camera."""
        await self._cameras.one(camera_id)
        async with self._database.read() as reading:
            return await rule_rows.rules_of(reading, camera_id)

    async def change_rules(
        self, camera_id: int, changes: dict[str, object], *, by: Asker
    ) -> RecordingRules:
        """Change the rules that `changes` names, as `RecordingRules` does; return all of them."""
        listed = await self._mine(camera_id, by)
        if not changes:
            raise Invalid("recordings.nothing", "Name at least one field.", field="body")
        async with self._database.write() as work:
            before = await rule_rows.rules_of(work, camera_id)
            after = replace(before, **changes)  # type: ignore[arg-type]  # judged right below
            check_rules(after)
            if after == before:
                return before
            await rule_rows.save_rules(work, camera_id, after, at=self._clock.now())
            await self._trail.record(
                work,
                by.actor,
                Action.UPDATE_RECORDING,
                target=_target(listed),
                before=_rules_told(before),
                after=_rules_told(after),
            )
        return after

    async def _mine(self, camera_id: int, by: Asker) -> ListedCamera:
        listed = await self._cameras.one(camera_id)
        check_area(by.principal, listed.stored.camera.area_id)
        return listed

    async def _command(self, listed: ListedCamera, action: CommandAction, by: Asker) -> int:
        async with self._database.write() as work:
            number = await recorder_rows.add_command(
                work,
                int(listed.stored.camera.id),
                action,
                by.actor.name,
                at=self._clock.now(),
            )
            await self._trail.record(work, by.actor, _ACTIONS[action], target=_target(listed))
        return number

    def _recording(
        self,
        listed: ListedCamera,
        state: RecorderState | None,
        totals: Totals | None,
        restarts_day: int,
        rules: RecordingRules,
    ) -> CameraRecording:
        return CameraRecording(
            listed=listed,
            state=state,
            totals=totals,
            restarts_day=restarts_day,
            rules=rules,
            keep_hours=_hours(listed) or self._keep_hours,
        )


_ACTIONS: Final[Mapping[CommandAction, Action | AdminAction]] = {
    CommandAction.START: AdminAction.RECORDING_STARTED,
    CommandAction.STOP: AdminAction.RECORDING_STOPPED,
    CommandAction.RESTART: Action.RESTART_RECORDING,
}


def _hours(listed: ListedCamera) -> int | None:
    return listed.stored.recording_duration_hours


def _target(listed: ListedCamera) -> str:
    camera = listed.stored.camera
    return f"camera {camera.id} ({camera.name})"


def _told(is_recorded: bool, keep_hours: int | None) -> dict[str, object]:  # noqa: FBT001
    return {"enable_recording": is_recorded, "recording_duration_hours": keep_hours}


def _rules_told(rules: RecordingRules) -> dict[str, object]:
    return {
        "playback": rules.playback.value,
        "preview_minutes": rules.preview_minutes,
        "quota_bytes": rules.quota_bytes,
        "schedule": schedule_text(rules.schedule),
        "sound": rules.sound,
    }
