"""The framework's part of the HTTP API, and the description of all of it."""

import warnings
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.warnings import UnsupportedFieldAttributeWarning

from pantau import __version__
from pantau.areas.public import DOCUMENTED as AREAS
from pantau.health.api import DOCUMENTED as HEALTH
from pantau.health.status import DOCUMENTED as STATUS
from pantau.notices.public import DOCUMENTED as NOTICES
from pantau.operations.configuration import DOCUMENTED as CONFIGURATION
from pantau.operations.heard import DOCUMENTED as HEARD
from pantau.recordings.playback.documented import DOCUMENTED as PLAYBACK
from pantau.site.api import DOCUMENTED as SITE
from pantau.sponsors.donation_public import DOCUMENTED as DONATION
from pantau.sponsors.public import DOCUMENTED as SPONSORS
from pantau.streaming.api import DOCUMENTED as STREAMS
from pantau.thumbnails.api import DOCUMENTED as THUMBNAILS
from pantau.viewers.telling import DOCUMENTED as TELLING
from pantau.web.access import public
from pantau.web.described import completed
from pantau.web.endpoints import Endpoints, add_routes
from pantau.web.explained import explain, explain_inputs
from pantau.web.framework_problems import install
from pantau.web.hot_paths import add_to
from pantau.web.problems import Problems

OPENAPI_PATH: Final = "/api/openapi.json"
_TITLE: Final = "Pantau"
_DESCRIPTION: Final = """\
Public cameras, their live streams and states, and who runs them.

Every answer in JSON is an envelope: `success` with `data`, `message` or both. A refusal has
`success: false`, a `message` for people, a `code` for programs and, where inputs are wrong,
`errors` with `field` and `message` each. Fields that an endpoint does not know are refused.

HEAD is answered wherever GET is, OPTIONS everywhere; other methods get 405 with `Allow`.
Whatever is no proper HTTP, or no address that a program of good will asks for, is refused before
anybody looks at it: 400, 408, 431, 505, and 503 where there are too many connections.
"""
_HOT: Final = (
    *STREAMS,
    *THUMBNAILS,
    *HEALTH,
    *HEARD,
    *STATUS,
    *AREAS,
    *SITE,
    *CONFIGURATION,
    *PLAYBACK,
    *NOTICES,
    *SPONSORS,
    *DONATION,
    *TELLING,
)


def build_api(problems: Problems | None = None) -> FastAPI:
    """Return the application behind the fast lane, to which `add_routes` adds the endpoints."""
    # The framework gives whole bodies the options of fields, and keeps quiet about it where it
    # makes the check itself; ours are made when the first body comes.
    warnings.filterwarnings("ignore", category=UnsupportedFieldAttributeWarning)
    # Its documentation pages load scripts from elsewhere, which our pages never do.
    api = FastAPI(
        title=_TITLE,
        version=__version__,
        description=_DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    if problems is not None:
        install(problems, api)
    add_routes(api, (_description_of(api),))

    def described() -> dict[str, Any]:
        if api.openapi_schema is None:
            explain_inputs()
            document = get_openapi(
                title=api.title,
                version=api.version,
                description=api.description,
                routes=api.routes,
            )
            api.openapi_schema = explain(completed(add_to(document, _HOT)))
        return api.openapi_schema

    api.openapi = described  # type: ignore[method-assign]  # the documented way to extend it
    return api


def _description_of(api: FastAPI) -> APIRouter:
    endpoints = Endpoints("", tag="description")

    @endpoints.get(OPENAPI_PATH, access=public(), include_in_schema=False)
    async def openapi() -> dict[str, Any]:
        return api.openapi()

    return endpoints.router
