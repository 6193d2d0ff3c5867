"""The machine, watched in the web process for the pages of operators."""

from pathlib import Path

from pantau.app.foundation import Foundation
from pantau.core.supervisor import Service, Supervisor
from pantau.operations.machine_watch import MachineWatch
from pantau.viewers.service import Viewers


def open_machine_watch(base: Foundation, viewers: Viewers, supervisor: Supervisor) -> MachineWatch:
    """Return what knows the last hour, kept up to date by a service."""
    watch = MachineWatch(
        base.clock,
        folders=_folders(base),
        viewers=lambda: sum(viewers.counts().values()),
    )
    supervisor.add(Service("operations.machine", watch.run))
    return watch


def _folders(base: Foundation) -> dict[str, Path]:
    settings = base.settings
    return {"data": settings.data_dir, **{str(each): each for each in settings.recordings.dirs}}
