"""`/api/sponsors`: sponsors, packages and assignments, for admins."""

from typing import Annotated, Final

from fastapi import Depends, Request

from pantau.accounts.client import client_of
from pantau.accounts.users.asker import asker
from pantau.audit.actors import Actor
from pantau.cameras.stored import SponsorPackage
from pantau.sponsors.inputs import AssignInput, PackageInput, SponsorInput, SponsorUpdate
from pantau.sponsors.schemas import (
    AssignedOutput,
    PackageOutput,
    SponsorOutput,
    StatsOutput,
    package_output,
    sponsor_output,
    stats_output,
)
from pantau.sponsors.service import Sponsors
from pantau.sponsors.values import Sponsor
from pantau.web.access import admins
from pantau.web.client_address import ClientAddresses
from pantau.web.endpoints import Endpoints, current_principal
from pantau.web.envelope import Answer, Done, RowNumber, Saved, refusals
from pantau.web.principal import Principal

_READ: Final = refusals(401, 403, 429)
_ONE: Final = refusals(400, 401, 403, 404, 429)
_WRITE: Final = refusals(400, 401, 403, 404, 409, 429)
_Who = Annotated[Principal, Depends(current_principal)]


class SponsorApi:
    """The endpoints; include `endpoints.router`.  Contacts are for admins alone."""

    def __init__(self, sponsors: Sponsors, clients: ClientAddresses) -> None:
        self._sponsors = sponsors
        self._clients = clients
        self.endpoints: Final = Endpoints("/api/sponsors", tag="sponsors")
        self._declare()

    def _declare(self) -> None:
        add, one, packages = self.endpoints, "/{sponsor_id}", "/packages"
        camera = "/camera/{camera_id}"
        # What is told of persons is for people: no key opens it.
        people, look, write = admins(), admins("site:read"), admins("site:write")
        for path, is_told in (("", True), ("/", False)):
            add.get(path, access=people, responses=_READ, include_in_schema=is_told)(self.every)
            add.post(
                path,
                access=people,
                status_code=201,
                responses=_WRITE,
                include_in_schema=is_told,
            )(self.add)
        add.get("/stats", access=people, responses=_READ)(self.stats)
        add.get(packages, access=look, responses=_READ)(self.packages)
        add.put(f"{packages}/{{package}}", access=write, responses=_ONE)(self.put_package)
        add.post(f"{camera}/assign", access=write, responses=_WRITE)(self.assign)
        add.delete(f"{camera}/remove", access=write, responses=_ONE)(self.take_off)
        add.get(one, access=people, responses=_ONE)(self.one)
        add.put(one, access=people, responses=_WRITE)(self.change)
        add.delete(one, access=people, responses=_ONE)(self.delete)

    async def every(self) -> Answer[list[SponsorOutput]]:
        """List all sponsors, by name, with what they are today."""
        cameras, today = await self._sponsors.cameras(), self._sponsors.today()
        every = await self._sponsors.every()
        return Answer(data=[sponsor_output(each, today, cameras) for each in every])

    async def stats(self) -> Answer[StatsOutput]:
        """Show sponsors in numbers, as they are today."""
        found, cameras = await self._sponsors.stats(), await self._sponsors.cameras()
        return Answer(data=stats_output(found, self._sponsors.today(), cameras))

    async def one(self, sponsor_id: RowNumber) -> Answer[SponsorOutput]:
        """Show one sponsor."""
        return Answer(data=await self._output(await self._sponsors.one(sponsor_id)))

    async def add(self, body: SponsorInput, who: _Who, request: Request) -> Saved[SponsorOutput]:
        """Add a sponsor."""
        added = await self._sponsors.add(
            body.as_draft(),
            by=self._by(who, request),
            has_price="price" in body.model_fields_set,
        )
        return Saved(message="The sponsor was added.", data=await self._output(added))

    async def change(
        self, sponsor_id: RowNumber, body: SponsorUpdate, who: _Who, request: Request
    ) -> Saved[SponsorOutput]:
        """Change a sponsor; what is left out stays."""
        changed = await self._sponsors.change(sponsor_id, body.given(), by=self._by(who, request))
        return Saved(message="The sponsor was saved.", data=await self._output(changed))

    async def delete(self, sponsor_id: RowNumber, who: _Who, request: Request) -> Done:
        """Delete a sponsor; its cameras have none then."""
        await self._sponsors.delete(sponsor_id, by=self._by(who, request))
        return Done(message="The sponsor was deleted.")

    async def packages(self) -> Answer[list[PackageOutput]]:
        """List what every package costs and for how many cameras it is."""
        found = await self._sponsors.packages()
        return Answer(data=[package_output(each) for each in found.values()])

    async def put_package(
        self, package: SponsorPackage, body: PackageInput, who: _Who, request: Request
    ) -> Saved[PackageOutput]:
        """Set what a package costs and for how many cameras it is."""
        put = await self._sponsors.put_package(body.as_package(package), by=self._by(who, request))
        return Saved(message="The package was saved.", data=package_output(put))

    async def assign(
        self, camera_id: RowNumber, body: AssignInput, who: _Who, request: Request
    ) -> Saved[AssignedOutput]:
        """Have a sponsor pay for a camera; 409 where its package is for no more."""
        sponsor = await self._sponsors.assign(camera_id, body.sponsor_id, by=self._by(who, request))
        told = AssignedOutput(camera_id=camera_id, sponsor_id=sponsor.id, sponsor_name=sponsor.name)
        return Saved(message="The camera has this sponsor now.", data=told)

    async def take_off(self, camera_id: RowNumber, who: _Who, request: Request) -> Done:
        """Have nobody pay for a camera any more."""
        await self._sponsors.take_off(camera_id, by=self._by(who, request))
        return Done(message="The camera has no sponsor now.")

    async def _output(self, sponsor: Sponsor) -> SponsorOutput:
        return sponsor_output(sponsor, self._sponsors.today(), await self._sponsors.cameras())

    def _by(self, who: Principal, request: Request) -> Actor:
        return asker(who, client_of(request.scope, self._clients)).actor
