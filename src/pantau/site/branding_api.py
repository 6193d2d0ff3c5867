"""`/api/branding`: names, texts and looks, as texts that existing clients read and send."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Annotated, Final, TypeAlias

from fastapi import Depends, Path, Request
from pydantic import BeforeValidator, ConfigDict, Field

from pantau.audit.events import AdminAction
from pantau.core.errors import Invalid
from pantau.core.shapes import Shape
from pantau.site.editing import SiteEditing
from pantau.site.named import BRAND_KEYS, WATERMARK, brand_key, written
from pantau.site.settings_api import actor_at
from pantau.site.values import value_of
from pantau.web.access import admins, viewers
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, Done, Saved, refusals
from pantau.web.principal import Principal

NamesOf = Callable[[Collection[int]], Awaitable[Mapping[int, str]]]
"""Returns the names of those users who still exist."""


def _scalar(written: object) -> object:
    # Before each type of the union is tried: else the error names four fields instead of one.
    if not isinstance(written, str | bool | int | float):
        raise ValueError("must be a text, a number or a flag")  # noqa: TRY004 - pydantic's way
    return written


_Sent: TypeAlias = Annotated[str | bool | int | float, BeforeValidator(_scalar)]
_Who = Annotated[Principal, Depends(current_principal)]
_Name = Annotated[str, Path(max_length=100)]
_RESET: Final = tuple(key for key in BRAND_KEYS.values() if key not in WATERMARK)


class BrandingRow(Shape):
    """One of the twenty, as a text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: int
    key: str
    value: str
    description: str | None
    updated_at: str | None
    updated_by: int | None
    updated_by_username: str | None


class BrandingInput(Shape):
    """A new value: a text, or what the text would mean."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: _Sent


class BrandingBulk(Shape):
    """New values by key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: Annotated[dict[str, _Sent], Field(max_length=100)]


class UpdatedCount(Shape):
    """How many were set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    updated_count: int


class BrandingApi:
    """The endpoints of branding; include `endpoints.router`."""

    def __init__(
        self, editing: SiteEditing, clients: ClientAddresses, *, names_of: NamesOf
    ) -> None:
        self._editing = editing
        self._clients = clients
        self._names_of = names_of
        self.endpoints: Final = Endpoints("/api/branding", tag="site")
        add, write = self.endpoints, admins("site:write")
        add.get("/admin", access=viewers("site:read"), responses=refusals(401, 403, 429))(self.rows)
        add.post("/bulk", access=write, responses=refusals(400, 401, 403, 429))(self.change_many)
        add.post("/reset", access=write, responses=refusals(401, 403, 429))(self.reset)
        add.put("/{key}", access=write, responses=refusals(400, 401, 403, 404, 429))(self.change)

    async def rows(self) -> Answer[list[BrandingRow]]:
        """List names, texts and looks with who set them."""
        site = self._editing.site
        stored, values = await site.stored(), await site.values()
        who = {kept.updated_by for kept in stored.values() if kept.updated_by is not None}
        names = await self._names_of(who) if who else {}
        rows = []
        for number, (name, key) in enumerate(BRAND_KEYS.items(), start=1):
            kept = stored.get(key)
            by = None if kept is None else kept.updated_by
            rows.append(
                BrandingRow(
                    id=number,
                    key=name,
                    value=written(value_of(values, key)),
                    description=None if kept is None else kept.description,
                    updated_at=None if kept is None else kept.updated_at.isoformat(),
                    updated_by=by,
                    updated_by_username=None if by is None else names.get(by),
                )
            )
        return Answer(data=rows)

    async def change(
        self, key: _Name, body: BrandingInput, who: _Who, request: Request
    ) -> Saved[BrandingRow]:
        """Set one of them."""
        try:
            await self._editing.save(
                {brand_key(key): body.value},
                by=actor_at(request, who, self._clients),
                action=AdminAction.BRANDING_UPDATED,
                target=f"branding {key}",
            )
        except Invalid as error:
            raise Invalid(error.code, error.sentence, field="value") from error
        row = next(row for row in (await self.rows()).data if row.key == key)
        return Saved(message="The setting was saved.", data=row)

    async def change_many(
        self, body: BrandingBulk, who: _Who, request: Request
    ) -> Saved[UpdatedCount]:
        """Set several of them, or none when one is refused."""
        unknown = next((name for name in body.settings if name not in BRAND_KEYS), None)
        if unknown is not None:
            # Left out in silence it would look saved (lesson X17).
            raise Invalid(
                "site.unknown_key", "There is no such setting.", field=f"settings.{unknown}"
            )
        values = {BRAND_KEYS[name]: value for name, value in body.settings.items()}
        try:
            await self._editing.save(
                values,
                by=actor_at(request, who, self._clients),
                action=AdminAction.BRANDING_BULK_UPDATED,
                target="branding",
            )
        except Invalid as error:
            field = (error.field or "").removeprefix("branding.")
            raise Invalid(error.code, error.sentence, field=f"settings.{field}") from error
        return Saved(
            message="The settings were saved.", data=UpdatedCount(updated_count=len(values))
        )

    async def reset(self, who: _Who, request: Request) -> Done:
        """Have the defaults hold again; the watermark stays as it is."""
        await self._editing.reset(
            _RESET,
            by=actor_at(request, who, self._clients),
            action=AdminAction.BRANDING_RESET,
            target="branding",
        )
        return Done(message="Names, texts and looks are as they were at the beginning.")
