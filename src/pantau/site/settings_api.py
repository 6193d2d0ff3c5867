"""`/api/settings` and `/api/admin/settings/timezone`: what the site says, setting by setting."""

from typing import Annotated, Final, Literal

from fastapi import Depends, Path, Request
from pydantic import ConfigDict, Field, JsonValue

from pantau.audit.actors import Actor, actor_of
from pantau.audit.events import AdminAction
from pantau.core.clock import Clock
from pantau.core.errors import Invalid
from pantau.core.shapes import Shape
from pantau.site.editing import SiteEditing
from pantau.site.kinds import Note
from pantau.site.named import KEY_OF, heard_value, key_named, told_value
from pantau.site.values import ZONE
from pantau.ui.times import zone_name
from pantau.web.access import admins, viewers
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, Saved, refusals
from pantau.web.principal import Principal

_READ: Final = refusals(401, 403, 429)
_ONE: Final = refusals(400, 401, 403, 404, 429)
_WRITE: Final = refusals(400, 401, 403, 404, 429)
_Who = Annotated[Principal, Depends(current_principal)]
_Name = Annotated[str, Path(max_length=100)]


class SettingOutput(Shape):
    """One setting."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    value: JsonValue
    description: str | None
    """What whoever set it wrote about it."""
    is_set: bool
    """Whether somebody set it; otherwise the settings file or a default holds."""


class SettingInput(Shape):
    """A new value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: JsonValue
    description: Note | None = None


class ZoneOutput(Shape):
    """Whose clock the hub shows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timezone: str
    shortName: str  # noqa: N815 - the name that existing clients know


class ZoneInput(Shape):
    """WIB, WITA, WIT or the name of any zone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timezone: Annotated[str, Field(min_length=1, max_length=64)]


class ZoneSaved(Shape):
    """Answer of `PUT /api/admin/settings/timezone`."""

    success: Literal[True] = True
    message: str
    data: ZoneOutput


class SettingsApi:
    """The endpoints; include the routers of `settings` and `admin`."""

    def __init__(self, editing: SiteEditing, clients: ClientAddresses, *, clock: Clock) -> None:
        self._editing = editing
        self._clients = clients
        self._clock = clock
        self.settings: Final = Endpoints("/api/settings", tag="site")
        self.admin: Final = Endpoints("/api/admin/settings", tag="site")
        look, write = viewers("site:read"), admins("site:write")
        self.settings.get("", access=look, responses=_READ)(self.all)
        self.settings.get("/{key}", access=look, responses=_ONE)(self.one)
        self.settings.put("/{key}", access=write, responses=_WRITE)(self.change)
        self.admin.get("/timezone", access=look, responses=_READ)(self.zone)
        self.admin.put("/timezone", access=write, responses=refusals(400, 401, 403, 429))(
            self.change_zone
        )

    async def all(self) -> Answer[dict[str, JsonValue]]:
        """Show every setting by its name; secrets are kept elsewhere and shown nowhere."""
        values = await self._editing.site.values()
        return Answer(data={name: told_value(values, name) for name in KEY_OF})

    async def one(self, key: _Name) -> Answer[SettingOutput]:
        """Show one setting."""
        return Answer(data=await self._output(key))

    async def change(
        self, key: _Name, body: SettingInput, who: _Who, request: Request
    ) -> Saved[SettingOutput]:
        """Set one setting; the map may be sent as JSON in a text."""
        stored = key_named(key)
        described = {} if body.description is None else {stored: body.description}
        try:
            await self._editing.save(
                {stored: heard_value(key, body.value)},
                by=actor_at(request, who, self._clients),
                target=f"setting {key}",
                descriptions=described,
            )
        except Invalid as error:
            raise Invalid(error.code, error.sentence, field="value") from error
        return Saved(message="The setting was saved.", data=await self._output(key))

    async def zone(self) -> Answer[ZoneOutput]:
        """Show the time zone of dates that people read."""
        await self._editing.site.values()
        return Answer(data=self._zone())

    async def change_zone(self, body: ZoneInput, who: _Who, request: Request) -> ZoneSaved:
        """Set the time zone; it holds everywhere within a second."""
        try:
            await self._editing.save(
                {ZONE: body.timezone},
                by=actor_at(request, who, self._clients),
                action=AdminAction.TIMEZONE_UPDATED,
                target="time zone",
            )
        except Invalid as error:
            raise Invalid(error.code, error.sentence, field="timezone") from error
        return ZoneSaved(message="The time zone was saved.", data=self._zone())

    def _zone(self) -> ZoneOutput:
        zone = self._editing.site.zone()
        return ZoneOutput(timezone=zone.key, shortName=zone_name(zone, self._clock.now()))

    async def _output(self, name: str) -> SettingOutput:
        key, site = key_named(name), self._editing.site
        stored, values = (await site.stored()).get(key), await site.values()
        return SettingOutput(
            key=name,
            value=told_value(values, name),
            description=None if stored is None else stored.description,
            is_set=stored is not None,
        )


def actor_at(request: Request, who: Principal, clients: ClientAddresses) -> Actor:
    """Return whose doing a request is, for the trail."""
    return actor_of(
        who,
        clients.of(request.scope),
        request.headers.get("user-agent", ""),
        endpoint=f"{request.method} {request.url.path}",
    )
