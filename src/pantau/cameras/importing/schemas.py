"""What the API of imports takes and gives."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from pantau.cameras.importing.discovering import Device
from pantau.cameras.importing.options import Options
from pantau.cameras.importing.values import Decision, ImportView, Line, Phase, State
from pantau.cameras.importing.verifying import ENOUGH, ready_share
from pantau.core.shapes import Shape


class _Wire(Shape):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ProgressOutput(_Wire):
    """How far the work on an import has got."""

    phase: Phase
    done: int
    total: int


class SummaryOutput(_Wire):
    """How many rows got each decision."""

    create: int = 0
    update: int = 0
    skip: int = 0
    refuse: int = 0


class ImportOutput(_Wire):
    """One import."""

    id: int
    state: State
    file_name: str
    format: str
    options: Options
    by: str
    progress: ProgressOutput
    summary: SummaryOutput
    checked: int
    """How many addresses were looked at."""
    ready: int
    """How many of them gave pictures."""
    is_ready: bool
    """Whether more than 95 % of them did."""
    created_at: datetime
    expires_at: datetime | None
    """When a preview is forgotten."""
    applied_at: datetime | None
    undone_at: datetime | None


class RowOutput(_Wire):
    """One row of a catalogue; addresses are masked."""

    row: int
    name: str
    decision: Decision
    reason: str
    warnings: list[str]
    address: str
    kind: str
    area: str
    camera_id: int | None
    check: str
    undone: str


class UndoneOutput(_Wire):
    """What taking an import back did."""

    deleted: int
    restored: int
    kept: int
    """Changed by somebody since, and left alone."""


class DeviceOutput(_Wire):
    """An ONVIF device that answered."""

    id: str
    host: str
    service_url: str
    name: str
    location: str
    hardware: str


class DiscoverInput(_Wire):
    """Which network to search."""

    interface: Annotated[str, Field(max_length=45)] = ""
    """The own address in that network; empty: the system's choice."""


class DiscoveredInput(DiscoverInput):
    """A search whose answers become a preview."""

    pattern: Annotated[str, Field(max_length=300)]
    """Address of a stream with `{host}` in it."""
    user: Annotated[str, Field(max_length=200)] = ""
    password: Annotated[str, Field(max_length=200, repr=False)] = ""
    options: Options = Options()


def import_output(view: ImportView) -> ImportOutput:
    """Return an import as programs read it."""
    share = ready_share(view.ready, view.checked)
    return ImportOutput(
        id=view.id,
        state=view.state,
        file_name=view.file_name,
        format=view.format,
        options=view.options,
        by=view.by,
        progress=ProgressOutput(
            phase=view.progress.phase, done=view.progress.done, total=view.progress.total
        ),
        summary=SummaryOutput(**dict(view.summary)),
        checked=view.checked,
        ready=view.ready,
        is_ready=share is not None and share > ENOUGH,
        created_at=view.created_at,
        expires_at=view.expires_at,
        applied_at=view.applied_at,
        undone_at=view.undone_at,
    )


def row_output(line: Line) -> RowOutput:
    """Return a row as programs read it."""
    return RowOutput(
        row=line.row,
        name=line.name,
        decision=line.decision,
        reason=line.reason,
        warnings=list(line.warnings),
        address=line.address,
        kind=line.kind,
        area=line.area,
        camera_id=line.camera_id,
        check=line.check,
        undone=line.undone,
    )


def device_output(device: Device) -> DeviceOutput:
    """Return a device as programs read it."""
    return DeviceOutput(
        id=device.id,
        host=device.host,
        service_url=device.service_url,
        name=device.name,
        location=device.location,
        hardware=device.hardware,
    )
