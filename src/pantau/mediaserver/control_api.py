"""The control API: MediaMTX's v3 calls that a hub needs, with its JSON, paging and errors."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from pantau import __version__
from pantau.core.request_ids import HEADER, answering, is_well_formed
from pantau.media.archive.orders import RecordRules
from pantau.mediaserver import path_conf
from pantau.mediaserver.global_conf import global_conf
from pantau.mediaserver.listeners import is_loopback
from pantau.mediaserver.paging import PageError, page_of
from pantau.mediaserver.path_conf import ConfError
from pantau.mediaserver.path_report import moment
from pantau.mediaserver.shards import Shards

VERSION: Final = f"v1.20.0-pantau.{__version__}"
"""The newest MediaMTX whose JSON this is, then our own."""
_MOST_BODY_BYTES: Final = 1024 * 1024

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ControlApi:
    """Path configurations, kept in memory only, and what becomes of them.  Loop only."""

    def __init__(
        self,
        shards: Shards,
        *,
        started_at: datetime,
        allowed_networks: Sequence[str] = (),
        spool_dir: Path | None = None,
        recording: RecordRules | None = None,
    ) -> None:
        self._shards = shards
        self._allowed_networks = tuple(allowed_networks)
        self._spool = str(spool_dir.resolve()) if spool_dir else ""
        self._recording = recording
        self._started_at = started_at
        self._confs: dict[str, dict[str, Any]] = {}
        self._defaults = path_conf.defaults()

    def application(self) -> web.Application:
        """Return the handlers, to be put on sockets that only the hub can reach."""
        app = web.Application(client_max_size=_MOST_BODY_BYTES, middlewares=[answers_in_kind])
        add = app.router.add_route
        add("GET", "/v3/info", self._info)
        add("GET", "/v3/config/global/get", self._global)
        add("GET", "/v3/config/pathdefaults/get", self._path_defaults)
        add("GET", "/v3/config/paths/list", self._list_confs)
        add("GET", "/v3/config/paths/get/{name:.*}", self._get_conf)
        add("POST", "/v3/config/paths/add/{name:.*}", self._add)
        add("PATCH", "/v3/config/paths/patch/{name:.*}", self._patch)
        add("POST", "/v3/config/paths/replace/{name:.*}", self._replace)
        add("DELETE", "/v3/config/paths/delete/{name:.*}", self._delete)
        add("GET", "/v3/paths/list", self._list_paths)
        add("GET", "/v3/paths/get/{name:.*}", self._get_path)
        add("GET", "/v3/hlsmuxers/list", self._list_muxers)
        add("GET", "/v3/hlsmuxers/get/{name:.*}", self._get_muxer)
        add("POST", "/v3/pantau/recorder/restart/{name:.*}", self._restart_recorder)
        return app

    async def _info(self, _: web.Request) -> web.Response:
        return web.json_response({"version": VERSION, "started": moment(self._started_at)})

    async def _global(self, _: web.Request) -> web.Response:
        return web.json_response(global_conf())

    async def _path_defaults(self, _: web.Request) -> web.Response:
        return web.json_response(self._defaults)

    async def _list_confs(self, request: web.Request) -> web.Response:
        return _page(request, self._confs)

    async def _get_conf(self, request: web.Request) -> web.Response:
        conf = self._confs.get(_name(request))
        if conf is None:
            return failure(HTTPStatus.NOT_FOUND, "path configuration not found")
        return web.json_response(conf)

    async def _add(self, request: web.Request) -> web.Response:
        name, given = _name(request), path_conf.decode(await request.read())
        if name in self._confs:
            raise ConfError("path already exists")
        return await self._set(path_conf.complete(name, given, over=self._defaults))

    async def _patch(self, request: web.Request) -> web.Response:
        name, given = _name(request), path_conf.decode(await request.read())
        if name not in self._confs:
            return failure(HTTPStatus.NOT_FOUND, "path not found")
        return await self._set(path_conf.complete(name, given, over=self._confs[name]))

    async def _replace(self, request: web.Request) -> web.Response:
        name, given = _name(request), path_conf.decode(await request.read())
        return await self._set(path_conf.complete(name, given, over=self._defaults))

    async def _delete(self, request: web.Request) -> web.Response:
        name = _name(request)
        if self._confs.pop(name, None) is None:
            return failure(HTTPStatus.NOT_FOUND, "path not found")
        await self._shards.remove(name)
        return success()

    async def _set(self, conf: dict[str, Any]) -> web.Response:
        self._confs[conf["name"]] = conf
        order = path_conf.engine_part(
            conf,
            allowed_networks=self._allowed_networks,
            spool=self._spool,
            recording=self._recording,
        )
        if order is None:
            await self._shards.remove(conf["name"])
        else:
            await self._shards.put(conf["name"], order)
        return success()

    async def _list_paths(self, request: web.Request) -> web.Response:
        kinds = {name: path_conf.kind_of(conf) for name, conf in self._confs.items()}
        return _page(request, await self._shards.reports(kinds))

    async def _get_path(self, request: web.Request) -> web.Response:
        name = _name(request)
        conf = self._confs.get(name)
        if conf is None:
            return failure(HTTPStatus.NOT_FOUND, "path not found")
        return web.json_response(await self._shards.report(name, path_conf.kind_of(conf)))

    async def _restart_recorder(self, request: web.Request) -> web.Response:
        """Close the file that a recorder writes and begin another, whatever it is doing."""
        name = _name(request)
        conf = self._confs.get(name)
        if conf is None:
            return failure(HTTPStatus.NOT_FOUND, "path not found")
        if not conf["pantauRecord"]:
            return failure(HTTPStatus.BAD_REQUEST, "path is not recorded")
        if not await self._shards.restart_recorder(name):
            return failure(HTTPStatus.SERVICE_UNAVAILABLE, "nothing records this path now")
        return success()

    async def _list_muxers(self, request: web.Request) -> web.Response:
        return _page(request, await self._shards.muxers())

    async def _get_muxer(self, request: web.Request) -> web.Response:
        muxer = (await self._shards.muxers()).get(_name(request))
        if muxer is None:
            return failure(HTTPStatus.NOT_FOUND, "muxer not found")
        return web.json_response(muxer)


@web.middleware
async def answers_in_kind(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give every failure MediaMTX's form, and refuse whatever a browser sends.

    A page on the internet can make a browser talk to loopback, under a name of its own too (DNS
    rebinding).  No client of this API is a browser.
    """
    if "Origin" in request.headers or not _is_for_this_machine(request):
        return failure(HTTPStatus.FORBIDDEN, "browsers are not welcome here")
    told = request.headers.get(HEADER, "")
    try:
        with answering(told if is_well_formed(told.encode("latin-1", "replace")) else ""):
            return await handler(request)
    except (ConfError, PageError) as error:
        return failure(HTTPStatus.BAD_REQUEST, str(error))
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        return failure(HTTPStatus.NOT_FOUND, "not found")
    except web.HTTPException as error:
        return failure(error.status, error.reason.lower())


def failure(status: int, text: str) -> web.Response:
    """Return the error form of the control API."""
    return web.json_response({"status": "error", "error": text}, status=status)


def success() -> web.Response:
    """Return the one answer of every call that changes something."""
    return web.json_response({"status": "ok"})


def _is_for_this_machine(request: web.Request) -> bool:
    sockname = request.transport.get_extra_info("sockname") if request.transport else None
    if not isinstance(sockname, tuple):
        return True
    host = request.headers.get("Host", "")
    name = host if host.endswith("]") or ":" not in host else host.rpartition(":")[0]
    return is_loopback(name.removeprefix("[").removesuffix("]"))


def _name(request: web.Request) -> str:
    name = request.match_info["name"]
    if not name:
        raise ConfError("invalid name")
    return name


def _page(request: web.Request, items: dict[str, dict[str, Any]]) -> web.Response:
    ordered = [items[name] for name in sorted(items)]
    query = request.query
    return web.json_response(
        page_of(ordered, page=query.get("page", ""), items_per_page=query.get("itemsPerPage", ""))
    )
