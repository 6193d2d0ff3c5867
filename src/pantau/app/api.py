"""The framework's part of the HTTP API, and the description of all of it."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from pantau import __version__
from pantau.health.api import DOCUMENTED as HEALTH
from pantau.streaming.api import DOCUMENTED as STREAMS
from pantau.thumbnails.api import DOCUMENTED as THUMBNAILS
from pantau.web.hot_paths import add_to
from pantau.web.problems import Problems

OPENAPI_PATH: Final = "/api/openapi.json"
_TITLE: Final = "Pantau"
_DESCRIPTION: Final = "Public cameras, their live streams and states."


def build_api(problems: Problems | None = None) -> FastAPI:
    """Return the application behind the fast lane."""
    # Its documentation pages load scripts from elsewhere, which our pages never do.
    api = FastAPI(
        title=_TITLE,
        version=__version__,
        description=_DESCRIPTION,
        openapi_url=OPENAPI_PATH,
        docs_url=None,
        redoc_url=None,
    )
    if problems is not None:
        problems.install(api)

    def described() -> dict[str, Any]:
        if api.openapi_schema is None:
            document = get_openapi(
                title=api.title,
                version=api.version,
                description=api.description,
                routes=api.routes,
            )
            api.openapi_schema = add_to(document, (*STREAMS, *THUMBNAILS, *HEALTH))
        return api.openapi_schema

    api.openapi = described  # type: ignore[method-assign]  # the documented way to extend it
    return api
